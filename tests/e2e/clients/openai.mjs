// OpenAI's library for JavaScript against a deployed kit. Does what each name on the command line says, and writes one
// JSON object: what came of each. Asserts nothing: the test that runs it does.
//
//   OPENAI_BASE_URL=… OPENAI_API_KEY=… node openai.mjs FOLDER_WITH_NODE_MODULES NAME…

import { createRequire } from "node:module";

const [folder, ...names] = process.argv.slice(2);
const OpenAI = createRequire(`${folder}/`)("openai");
const client = new OpenAI({ maxRetries: 0, timeout: 30_000 });

const model = "google.gemma-4-31b";
const user = (content) => [{ role: "user", content }];
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAIAAAUAAeImsv8AAAAASUVORK5CYII=";
const city = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const number = {
  type: "object",
  properties: { n: { type: "integer" } },
  required: ["n"],
  additionalProperties: false,
};
const error = (thrown) => ({
  class: thrown.constructor.name,
  status: thrown.status,
  code: thrown.code,
  param: thrown.param,
});

const does = {
  async models() {
    const ids = [];
    for await (const found of client.models.list()) ids.push(found.id);
    return { ids, one: (await client.models.retrieve(model)).id };
  },

  async "chat: whole"() {
    const made = await client.chat.completions.create({ model, messages: user("say: hello from inside") });
    return { text: made.choices[0].message.content, usage: made.usage, id: made._request_id };
  },

  async "chat: streamed"() {
    const stream = client.chat.completions.stream({
      model,
      messages: user("count: 2000"),
      stream_options: { include_usage: true },
    });
    let deltas = 0;
    stream.on("content.delta", () => (deltas += 1));
    const made = await stream.finalChatCompletion();
    return { text: made.choices[0].message.content, finish: made.choices[0].finish_reason, usage: made.usage, deltas };
  },

  async "chat: tools"() {
    const asked = [];
    const weather = {
      name: "weather",
      description: "Tells the weather",
      parameters: city,
      parse: JSON.parse,
      function: ({ city }) => (asked.push(city), "rain, 4 degrees"),
    };
    const runner = client.chat.completions.runTools({
      model,
      messages: user('call: weather {"city": "Oslo"}'),
      tools: [{ type: "function", function: weather }],
    });
    return { text: await runner.finalContent(), asked };
  },

  async "chat: structured output"() {
    const made = await client.chat.completions.parse({
      model,
      messages: user("give a number"),
      response_format: { type: "json_schema", json_schema: { name: "n", schema: number, strict: true } },
    });
    return { value: JSON.parse(made.choices[0].message.content) };
  },

  async "chat: image"() {
    const parts = [
      { type: "image_url", image_url: { url: pixel } },
      { type: "text", text: "What is it?" },
    ];
    const made = await client.chat.completions.create({ model, messages: user(parts) });
    return { text: made.choices[0].message.content };
  },

  async "responses: whole"() {
    const made = await client.responses.create({ model, input: "say: whole", reasoning: { effort: "high" } });
    return { text: made.output_text, status: made.status, kinds: made.output.map((item) => item.type) };
  },

  async "responses: streamed"() {
    const stream = client.responses.stream({ model, input: "count: 2000" });
    const kinds = new Set();
    for await (const event of stream) kinds.add(event.type);
    const made = await stream.finalResponse();
    return { text: made.output_text, status: made.status, kinds: [...kinds] };
  },

  async "responses: tools"() {
    const tools = [{ type: "function", name: "weather", parameters: city, strict: true }];
    const input = user('call: weather {"city": "Oslo"}');
    const first = await client.responses.create({ model, input, tools, reasoning: { effort: "high" } });
    const call = first.output.find((item) => item.type === "function_call");
    input.push(...first.output, { type: "function_call_output", call_id: call.call_id, output: "rain" });
    const second = await client.responses.create({ model, input, tools });
    return { text: second.output_text, asked: JSON.parse(call.arguments) };
  },

  async "responses: structured output"() {
    const format = { type: "json_schema", name: "n", schema: number, strict: true };
    const made = await client.responses.parse({ model, input: "give a number", text: { format } });
    return { value: JSON.parse(made.output_text) };
  },

  async "responses: image"() {
    const content = [
      { type: "input_image", image_url: pixel, detail: "auto" },
      { type: "input_text", text: "What is it?" },
    ];
    const made = await client.responses.create({ model, input: user(content) });
    return { text: made.output_text };
  },

  async "a blocked prompt"() {
    return client.chat.completions
      .create({ model, messages: user("All about Project Nightjar.") })
      .then(() => "answered", error);
  },

  async "a refused parameter"() {
    return client.responses.create({ model, input: "say: x", store: true }).then(() => "answered", error);
  },

  async "a client that leaves"() {
    const stream = await client.chat.completions.create({ model, messages: user("count: 3000"), stream: true });
    for await (const _ of stream) break; // the library ends the connection
    return {};
  },
};

const came = {};
for (const name of names) came[name] = await does[name]();
process.stdout.write(JSON.stringify(came));
