// Looks at a page of the review in Chromium: node look.mjs PAGE PICTURES. It prints what is wrong, one line each.
import { readFileSync, mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const [page_file, modules, browser_path, pictures] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/`));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// As root, in a container and without a network: https://github.com/GoogleChrome/chrome-launcher/blob/main/docs/chrome-flags-for-tools.md
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: browser_path, args });
const wrong = [];
const address = pathToFileURL(page_file).href;

async function opened(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("request", (request) => { if (request.url().split("#")[0] !== address) wrong.push(`it asks for ${request.url()}`); });
  page.on("console", (message) => { if (message.type() === "error") wrong.push(`the console says: ${message.text()}`); });
  page.on("pageerror", (error) => wrong.push(`a script failed: ${error}`));
  await page.goto(address);
  return page;
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1400, 400]) {
    const page = await opened({ colorScheme, viewport: { width, height: 900 } });
    for (const shut of [true, false]) {
      if (!shut) await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      await page.evaluate(axe);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      for (const one of found.violations) {
        wrong.push(`axe, ${colorScheme}, ${width} wide: ${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((n) => n.target).join(" | ")}`);
      }
      if (found.passes.length < 20) wrong.push(`axe tried ${found.passes.length} of its rules: it did not see the page`);
    }
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) wrong.push(`at ${width} wide it is ${over} wider than the window`);
    await page.context().close();
  }
}

const page = await opened({ colorScheme: "light", viewport: { width: 1400, height: 1000 } });
await page.keyboard.press("Tab");
const first = await page.evaluate(() => document.activeElement.textContent);
if (first !== "Skip to the verdict") wrong.push(`the first thing that Tab comes to is ${first}`);
const drawn = () => page.evaluate(() => document.querySelector(".picture svg").getBoundingClientRect().width);
const before = await drawn();
await page.focus(".picture");
await page.keyboard.press("+");
const keyed = await drawn();
if (!(keyed > before)) wrong.push("plus does not zoom in");
await page.click("#whole");
await page.focus("#larger");
await page.keyboard.press("Enter");
if (!((await drawn()) > before)) wrong.push("the button does not zoom in by keyboard");
await page.click("#whole");
const stops = await page.evaluate(() => {
  const reached = [...document.querySelectorAll("a[href], button, summary, [tabindex]")];
  return reached.filter((one) => one.tabIndex < 0 || one.tabIndex > 0 && !one.matches("[tabindex='0']")).length;
});
if (stops) wrong.push(`${stops} things are reached out of order, or not by keyboard`);
const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
if (sheets < 5) wrong.push(`the print has ${sheets} pages`);

if (pictures) {
  mkdirSync(pictures, { recursive: true });
  await page.setViewportSize({ width: 1200, height: 1080 });
  await page.screenshot({ path: `${pictures}/report-light.png` });
  const dark = await opened({ colorScheme: "dark", viewport: { width: 1200, height: 900 } });
  await dark.locator("#question-who").scrollIntoViewIfNeeded();
  await dark.evaluate(() => document.getElementById("questions").scrollIntoView());
  await dark.screenshot({ path: `${pictures}/report-dark.png` });
}
await browser.close();
for (const one of wrong) console.log(one);
console.log(`${page_file}: ${wrong.length} wrong, ${sheets} pages in print`);
process.exit(wrong.length ? 1 : 0);
