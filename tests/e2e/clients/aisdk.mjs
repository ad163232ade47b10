// Vercel's AI SDK against the kit, as its users write it. Prints what came of it, as JSON.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [place] = process.argv.slice(2);
const installed = createRequire(`${place}/`);
const load = (name) => import(pathToFileURL(installed.resolve(name)).href);
const [{ openai }, { generateText, streamText, tool, stepCountIs, Output }, { z }] = await Promise.all(
  ["@ai-sdk/openai", "ai", "zod"].map(load),
);

const model = "google.gemma-4-31b";
const stateless = { providerOptions: { openai: { store: false } }, maxRetries: 0 };
const weather = tool({
  description: "The weather of a city.",
  inputSchema: z.object({ city: z.string(), days: z.number().int().min(1).max(7) }),
  execute: async ({ city, days }) => `rain in ${city} for ${days} days`,
});
const asked = 'call: weather {"city": "Oslo", "days": 2}';

async function conversation(route, more) {
  const first = await generateText({
    model: route(model), prompt: asked, tools: { weather }, stopWhen: stepCountIs(3), ...more,
  });
  const history = [{ role: "user", content: asked }, ...first.response.messages, { role: "user", content: "say: two" }];
  const second = await generateText({ model: route(model), messages: history, tools: { weather }, ...more });
  const streamed = streamText({ model: route(model), prompt: "count: 50", ...more });
  let text = "";
  for await (const piece of streamed.textStream) text += piece;
  const typed = await generateText({
    model: route(model), prompt: "a number", output: Output.object({ schema: z.object({ n: z.number().int() }) }), ...more,
  });
  return { first: first.text, second: second.text, streamed: text, typed: typed.output };
}

async function refused(work) {
  try {
    return { text: (await work()).second };
  } catch (error) {
    return { status: error.statusCode, error: JSON.parse(error.responseBody).error };
  }
}

console.log(
  JSON.stringify({
    chat: await conversation(openai.chat, { maxRetries: 0 }),
    responses: await conversation(openai.responses, stateless),
    stateful: await refused(() => conversation(openai.responses, { maxRetries: 0 })),
  }),
);
