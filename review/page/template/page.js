"use strict";
const drawing = document.querySelector(".picture svg");
const said = document.getElementById("zoomed");
let zoom = 1;
function show(to) {
  zoom = Math.min(8, Math.max(0.5, to));
  drawing.style.width = `${zoom * 100}%`;
  said.textContent = `${Math.round(zoom * 100)} %`;
}
if (drawing) {
document.getElementById("tools").hidden = false;
document.getElementById("larger").addEventListener("click", () => show(zoom * 1.25));
document.getElementById("smaller").addEventListener("click", () => show(zoom / 1.25));
document.getElementById("whole").addEventListener("click", () => show(1));
drawing.parentElement.addEventListener("keydown", (event) => {
  const to = { "+": zoom * 1.25, "-": zoom / 1.25, 0: 1 }[event.key];
  if (to) { show(to); event.preventDefault(); }
});
drawing.parentElement.addEventListener("wheel", (event) => {
  if (event.ctrlKey) { show(zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1)); event.preventDefault(); }
}, { passive: false });
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
