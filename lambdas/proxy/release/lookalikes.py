"""Letters of other scripts that look like one of ASCII, and the signs in which letters are drawn.

A choice from Unicode's own table (https://www.unicode.org/Public/security/latest/confusables.txt, UTS #39): letters
that cannot be told from the Latin one, in Cyrillic, Greek, Armenian, Cherokee, Canadian syllabics, the phonetic
alphabets and scripts of antiquity. Letters that
a language writes with a mark of its own (as ``ø``) are not among them.
"""

from __future__ import annotations

_LETTERS = {
    "a": "\u0430\u0251\u03b1\u237a",
    "b": "\u042c\u0184\u13cf\u15af\u1472\uab9f",
    "c": "\u0441\u03f2\u1d04\u2ca5\uabaf\U0001043d",
    "d": "\u0501\u13e7\u146f\u0257\ua4d2\uabb7",
    "e": "\u0435\u04bd\u212f\u03b5\u0454\u2c89\uab32",
    "f": "\ua799\u1e9d\u03dd\uab35\u0584",
    "g": "\u0261\u0581\u1d83\u018d",
    "h": "\u04bb\u0570\u13c2\uab92",
    "i": "\u0456\u0269\u03b9\u04cf\u2170\u0131\ua647\uab75\u13a5\U000118c3",
    "j": "\u0458\u03f3\u0575\u0237",
    "k": "\u03ba\u043a\u1d0b",
    "l": "\u217c\u0196\u01c0\u2d4f\u16c1\U00016f28\U0001028a\U00010309",
    "m": "\u217f\u1d0d\u043c",
    "n": "\u0578\u057c\u03b7",
    "o": "\u043e\u03bf\u0585\u1d0f\u03c3\u2c9f\U00010428\u2d54\u1d11"
    "\uab3d\u10ff\u0d20\u101d\u05e1\u0647\U000104ea\U000118c8\U000118d7\U0001042c",
    "p": "\u0440\u03c1\u03f1\u2ca3",
    "q": "\u051b\u0563\u0566",
    "r": "\uab47\u1d26\u2c85\uab48\u0433\uab81",
    "s": "\u0455\ua731\u01bd\uabaa\U000118c1\U00010448",
    "t": "\u0442\u03c4\u1d1b",
    "u": "\u057d\u028b\u03c5\u1d1c\ua79f\uab4e\uab52\U000104f6\U000118d8",
    "v": "\u0475\u03bd\u1d20\U00011706\uaba9\U000118c0",
    "w": "\u051d\u1d21\u0561\u0461\u026f\U0001170a\U0001170e\U0001170f\uab83",
    "x": "\u0445\u03c7\u1541\u157d",
    "y": "\u0443\u04af\u10e7\u03b3\u028f\u0263\u1d8c\u1eff\uab5a\U000118dc",
    "z": "\u1d22\u0290\uab93\U000118c4",
    "A": "\u0410\u0391\u13aa\u1d00\ua4ee\u15c5\U00016f40\U000102a0\uab7a",
    "B": "\u0412\u0392\u13f4\u0299\ua4d0\ua7b4\u15f7\U00010282\U000102a1\U00010301",
    "C": "\u0421\u03f9\u13df\u2ca4\ua4da\U000102a2\U00010302\U00010415\U0001051c",
    "D": "\u13a0\u15de\u1d05\ua4d3\u15ea\uab70",
    "E": "\u0415\u0395\u13ac\u1d07\ua4f0\u2d39\U000118a6\U000118ae\U00010286\uab7c",
    "F": "\u03dc\u15b4\ua730\ua4dd\U000118a2\U000118c2\U00010287\U000102a5\U00010525",
    "G": "\u050c\u13c0\u0262\ua4d6\u13f3\uab90\u13fb",
    "H": "\u041d\u0397\u13bb\u029c\ua4e7\u2c8e\u157c\U000102cf\uab8b",
    "I": "\u0406\u0399\u04c0\u026a\ua4f2\u2c92",
    "J": "\u0408\u13ab\u1d0a\u037f\ua4d9\ua7b2\u148d\uab7b",
    "K": "\u041a\u039a\u13e6\ua4d7\u2c94\u16d5\U00010518\uabb6",
    "L": "\u13de\u14aa\u029f\u216c\ua4e1\u2cd0\U00016f16\U000118a3\U000118b2\U0001041b\U00010526\uabae",
    "M": "\u041c\u039c\u13b7\ua4df\u2c98\u03fa\u15f0\u16d6\U000102b0\U00010311\uab87",
    "N": "\u039d\u0274\ua4e0\u2c9a\U00010513",
    "O": "\u041e\u039f\u0555\u2c9e\ua4f3\u12d0\u0b20\U000104c2\U000118b5\U00010292\U000102ab\U00010404\U00010516",
    "P": "\u0420\u03a1\u13e2\u1d18\ua4d1\u2ca2\u146d\U00010295\uabb2",
    "Q": "\u051a\u10b3\u2d55",
    "R": "\u13a1\u13d2\u0280\ua4e3\u01a6\U000104b4\u1587\U00016f35\uab71\uaba2",
    "S": "\u0405\u054f\u13da\ua4e2\u13d5\U00016f3a\U00010296\U00010420\uaba5",
    "T": "\u0422\u03a4\u13a2\ua4d4\u2ca6\U00016f0a\U000118bc\U00010297\U000102b1\U00010315\uab72",
    "U": "\u054d\u144c\ua4f4\u1200\U000104ce\U00016f42\U000118b8",
    "V": "\u0474\u13d9\u2164\ua4e6\u2d38\u142f\U00016f08\U000118a0\U0001051d",
    "W": "\u051c\u13b3\u13d4\ua4ea\uaba4",
    "X": "\u0425\u03a7\ua4eb\ua7b3\u2cac\u2d5d\u16b7\U00010290\U000102b4\U00010317\U00010527",
    "Y": "\u04ae\u03a5\ua4ec\u2ca8\u0423\u13a9\u13bd\U00016f43\U000118a4\U000102b2\uab79\uab8d",
    "Z": "\u0396\u13c3\ua4dc\U000118a9",
}
#: A letter -> the one of ASCII that it looks like.
LOOKALIKES: dict[str, str] = {other: letter for letter, others in _LETTERS.items() for other in others}
#: Those that a careful eye tells from the Latin letter: in a word without any Latin letter they are what they are.
LOOSE = frozenset(
    "\u0442\u043a\u043c\u0433\u0423\u13da\uab48\u0443\u03b3\u03bd\u03b7\u03c5\u03c4\u03c3\u03ba\u03c1\u03b5\u0454"
)
#: Signs that show a letter of A to Z, by where they begin: in circles and squares, and as indicators of a region.
SIGNS = (0x1F150, 0x1F170, 0x1F1E6)


def sign(letter: str) -> str:
    r"""Return the letter that a sign shows, or the letter itself if it is none.

    Examples
    --------
    >>> sign("\U0001f15f"), sign("P")
    ('P', 'P')
    """
    code = ord(letter)
    if code < SIGNS[0]:
        return letter
    return next((chr(0x41 + code - first) for first in SIGNS if first <= code < first + 26), letter)
