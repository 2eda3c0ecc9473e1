// OpenAI's own SDK: models, answers, streams, tools, and what it makes of failures.

import OpenAI from "openai";
import {
  ANSWER, QUESTION, WINDLASS, WORDS, all, check, equal, givenUp, main, match, nothingIsLeftOpen, ok, paced, rejection,
  untilError, upstream,
} from "./checks.mjs";

const client = new OpenAI({ baseURL: `${WINDLASS}/v1`, apiKey: "unused", maxRetries: 0 });
const { completions } = client.chat;
const messages = [{ role: "user", content: QUESTION }];
const parameters = { type: "object", properties: { city: { type: "string" } } };
const WEATHER = { type: "function", function: { name: "weather", parameters } };

const create = (model, more, options) => completions.create({ model, messages, ...more }, options);
const stream = (model, more, options) => create(model, { stream: true, ...more }, options);
const helper = (model, more, options) => completions.stream({ model, messages, ...more }, options);
const texts = (chunks) => chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta.content)).filter(Boolean);

// Models

check("models.list", async () => {
  const listed = new Map((await all(client.models.list())).map((model) => [model.id, model]));
  ok(["ask", "chat", "team/ask"].every((id) => listed.has(id)), [...listed.keys()].join());
  equal(listed.get("ask").object, "model");
});

check("models.retrieve", async () => {
  equal((await client.models.retrieve("ask")).id, "ask");
  equal((await client.models.retrieve("team/ask")).id, "team/ask");
});

check("models.retrieve 404", async () => ok((await rejection(client.models.retrieve("nobody"))) instanceof OpenAI.NotFoundError));

// Answers

check("create", async () => {
  const answer = await create("ask");
  equal(answer.choices[0].message.content, ANSWER);
  equal([answer.object, answer.model, answer.choices[0].finish_reason], ["chat.completion", "ask", "stop"]);
  equal(answer.usage.total_tokens, 15);
});

check("create takes the conversation", async () => {
  const conversation = [
    { role: "user", content: [{ type: "text", text: "One" }] }, { role: "assistant", content: "Two" },
    { role: "user", content: "Three" },
  ];
  const answer = await create("chat", { messages: conversation });
  equal(answer.choices[0].message.content, "system: Be brief. | user: One | assistant: Two | user: Three");
});

check("withResponse has the run id", async () => {
  const { data, response, request_id } = await create("ask").withResponse();
  equal(data.choices[0].message.content, ANSWER);
  equal([request_id, request_id.length], [response.headers.get("x-run-id"), 36]);
  equal(typeof data._request_id, "string");
});

// Streams

check("stream", async () => equal(texts(await all(stream("ask"))), WORDS));

check("stream comes word by word", async () => equal(texts(await paced(stream("slow"))), WORDS));

check("stream with usage", async () => {
  const chunks = await all(stream("ask", { stream_options: { include_usage: true } }));
  equal([chunks.at(-1).choices, chunks.at(-1).usage.total_tokens], [[], 15]);
});

check("stream as the helper reads it", async () => {
  const read = helper("ask");
  const words = [];
  read.on("content", (word) => word && words.push(word));
  const final = await read.finalChatCompletion();
  equal([words, final.choices[0].message.content, final.choices[0].finish_reason], [WORDS, ANSWER, "stop"]);
});

check("stream with usage as the helper reads it", async () => {
  const read = helper("ask", { stream_options: { include_usage: true } });
  equal((await read.totalUsage()).total_tokens, 15);
});

// Tools

check("tools round trip", async () => {
  const { message, finish_reason } = (await create("tools", { tools: [WEATHER] })).choices[0];
  const [call] = message.tool_calls;
  equal([finish_reason, call.function.name], ["tool_calls", "weather"]);
  equal(JSON.parse(call.function.arguments), { city: "Oslo" });
  const result = { role: "tool", tool_call_id: call.id, content: "sunny" };
  const answer = await create("tools", { tools: [WEATHER], messages: [...messages, message, result] });
  equal(answer.choices[0].message.content, "You said: sunny");
});

const runnable = {
  type: "function",
  function: { name: "weather", parameters, parse: JSON.parse, function: ({ city }) => `sunny in ${city}` },
};

check("runTools", async () => {
  const runner = completions.runTools({ model: "tools", messages, tools: [runnable] });
  equal(await runner.finalContent(), "You said: sunny in Oslo");
});

check("runTools in a stream", async () => {
  const runner = completions.runTools({ model: "tools", messages, tools: [runnable], stream: true });
  equal(await runner.finalContent(), "You said: sunny in Oslo");
});

check("tools that a chain does not use", async () => {
  const runner = completions.runTools({ model: "ask", messages, tools: [runnable] });
  equal(await runner.finalContent(), ANSWER);
});

// What goes wrong

check("create 404", async () => {
  const error = await rejection(create("nobody"));
  ok(error instanceof OpenAI.NotFoundError, error);
  equal([error.type, error.code], ["invalid_request_error", "model_not_found"]);
});

check("create 422", async () => ok((await rejection(create("ask", { messages: [] }))) instanceof OpenAI.UnprocessableEntityError));
check("stream 422", async () => ok((await rejection(stream("ask", { messages: [] }))) instanceof OpenAI.UnprocessableEntityError));
check("create 429", async () => ok((await rejection(create("limited"))) instanceof OpenAI.RateLimitError));
check("stream 429", async () => ok((await rejection(stream("limited"))) instanceof OpenAI.RateLimitError));

check("an unknown path has the SDK's error", async () => {
  const error = await rejection(client.embeddings.create({ model: "ask", input: "x" }));
  ok(error instanceof OpenAI.NotFoundError && error.error?.message, error);
});

check("a 429 is tried again", async () => {
  const before = (await upstream("fails-429")).requests;
  ok((await rejection(create("limited", {}, { maxRetries: 2 }))) instanceof OpenAI.RateLimitError);
  equal((await upstream("fails-429")).requests - before, 3);
});

check("what the service refuses is not tried again", async () => {
  const before = (await upstream("fails-400")).requests;
  await rejection(create("refused", {}, { maxRetries: 2 }));
  equal((await upstream("fails-400")).requests - before, 1);
});

check("create fails", async () => {
  const error = await rejection(create("fails"));
  ok(error instanceof OpenAI.InternalServerError, error);
  equal([error.status, error.code], [502, "upstream_error"]);
});

check("stream fails before the first word", async () => equal((await rejection(stream("fails"))).status, 502));
check("helper's stream fails before the first word", async () => equal((await untilError(helper("fails"))).error.status, 502));
check("stream fails late before the first word", async () => {
  const { items, error } = await untilError(stream("late"));
  equal([texts(items), error.code], [[], "upstream_error"]);
});
check("create of what breaks", async () => equal((await rejection(create("cuts"))).status, 502));

for (const chain of ["breaks", "cuts", "stops", "stalls"]) {
  check(`stream of what ${chain} in the middle`, async () => {
    const { items, error } = await untilError(stream(chain));
    equal(texts(items), WORDS.slice(0, 3));
    ok(error instanceof OpenAI.APIError, error);
  });
  check(`helper's stream of what ${chain} in the middle`, async () => {
    ok((await rejection(helper(chain).finalContent())) instanceof OpenAI.APIError);
  });
}

// Clients that go away

check("stream is given up", () =>
  givenUp("endless", async () => {
    for await (const chunk of await stream("endless")) if (chunk.choices[0].delta.content) break;
  }));

check("helper's stream is aborted", () =>
  givenUp("endless", async (started) => {
    const read = helper("endless");
    const done = rejection(read.done());
    await started();
    read.abort();
    ok((await done) instanceof OpenAI.APIUserAbortError);
  }));

check("create is aborted", () =>
  givenUp("silent", async (started) => {
    const abort = new AbortController();
    const answer = rejection(create("silent", {}, { signal: abort.signal }));
    await started();
    abort.abort();
    ok((await answer) instanceof OpenAI.APIUserAbortError);
  }));

check("a timeout of the client gives up", () =>
  givenUp("silent", async () => match((await rejection(create("silent", {}, { timeout: 300 }))).name, /Error/)));

nothingIsLeftOpen();
await main();
