// RemoteRunnable of @langchain/core 0.3.80, the last that has it: every method, and what it makes of failures.

import { AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { ChatPromptTemplate, PromptTemplate } from "@langchain/core/prompts";
import { RunnableSequence } from "@langchain/core/runnables";
import { RemoteRunnable } from "@langchain/core/runnables/remote";
import {
  ANSWER, QUESTION, WINDLASS, WORDS, all, check, equal, givenUp, main, match, nothingIsLeftOpen, ok, paced, rejection,
  untilError,
} from "./checks.mjs";

const INPUT = { question: QUESTION };
const BAD = { question: 1 };
const CONFIG = { tags: ["a"], metadata: { user: "b" }, runName: "named", maxConcurrency: 2 };
const at = (temperature) => ({ configurable: { temperature } });
const remote = (chain, options) => new RemoteRunnable({ url: `${WINDLASS}/langserve/${chain}`, options });
const said = (chunks) => chunks.filter((chunk) => chunk !== "");

// invoke

check("invoke", async () => equal(await remote("ask").invoke(INPUT), ANSWER));

check("invoke with a slash at the end", async () => {
  equal(await remote("ask/").invoke(INPUT), ANSWER);
});

check("invoke a name in two parts", async () => equal(await remote("team/ask").invoke(INPUT), ANSWER));

check("invoke gives what the chain gives without the field around it", async () => {
  equal(await remote("answer").invoke(INPUT), ANSWER);
});

check("invoke with config", async () => equal(await remote("ask").invoke(INPUT, CONFIG), ANSWER));

check("invoke with a configurable field", async () => {
  equal(await remote("warm").invoke(INPUT, at(0.5)), "temperature 0.5");
  equal(await remote("warm").invoke(INPUT), "temperature 0.1");
});

check("invoke with bound config", async () => {
  equal(await remote("warm").withConfig(at(0.75)).invoke(INPUT), "temperature 0.75");
});

check("invoke with a config in the URL", async () => {
  // `{"configurable": {"temperature": 0.5}}`
  const hash = "N4Igxg9gdgZglgcwK4CcCGAjANgUxALlABccBbABx3SNT3wAYA6AVgF9Wg";
  equal(await remote(`warm/c/${hash}`).invoke(INPUT), "temperature 0.5");
});

check("invoke with bound arguments", async () => {
  equal(await remote("ask").bind({ stop: ["x"] }).invoke(INPUT), ANSWER);
});

check("invoke with headers", async () => {
  equal(await remote("ask", { headers: { "x-mine": "1" } }).invoke(INPUT), ANSWER);
});

check("invoke with messages", async () => {
  const messages = [
    new SystemMessage("Hello"), new HumanMessage("One"), new AIMessage("Two"), new HumanMessage("Three"),
  ];
  const wanted = "system: Be brief. | system: Hello | user: One | assistant: Two | user: Three";
  equal(await remote("chat").invoke({ messages }), wanted);
});

check("invoke with a tool's result", async () => {
  const tool_calls = [{ name: "weather", args: { city: "Oslo" }, id: "call_1", type: "tool_call" }];
  const messages = [
    new HumanMessage("Weather?"),
    new AIMessage({ content: "", tool_calls }),
    new ToolMessage({ content: "sunny", tool_call_id: "call_1" }),
  ];
  match(await remote("chat").invoke({ messages }), /\| tool: sunny$/);
});

check("invoke gives a message", async () => {
  const answer = await remote("message").invoke({ messages: [new HumanMessage(QUESTION)] });
  ok(answer instanceof AIMessage, answer);
  equal(answer.content, ANSWER);
});

check("invoke behind a prompt", async () => {
  const prompt = ChatPromptTemplate.fromMessages([["human", "{question}"]]);
  equal((await prompt.pipe(remote("message")).invoke(INPUT)).content, ANSWER);
});

check("invoke inside of a chain", async () => {
  const chain = RunnableSequence.from([{ question: (input) => input.question }, remote("ask"), (text) => text.length]);
  equal(await chain.invoke(INPUT), ANSWER.length);
});

// batch

check("batch", async () => {
  equal(await remote("ask").batch([{ question: "A" }, { question: "B" }]), ["You said: A", "You said: B"]);
});

check("batch of nothing", async () => equal(await remote("ask").batch([]), []));

check("batch with a config for all", async () => {
  equal(await remote("warm").batch([INPUT, INPUT], at(0.5)), ["temperature 0.5", "temperature 0.5"]);
});

check("batch with a config for each", async () => {
  equal(await remote("warm").batch([INPUT, INPUT], [at(0.25), at(0.5)]), ["temperature 0.25", "temperature 0.5"]);
});

check("batch with concurrency", async () => {
  equal(await remote("ask").batch([INPUT, INPUT], {}, { maxConcurrency: 1 }), [ANSWER, ANSWER]);
});

check("batch gives messages", async () => {
  const inputs = ["A", "B"].map((text) => ({ messages: [new HumanMessage(text)] }));
  equal((await remote("message").batch(inputs)).map((answer) => answer.content), ["You said: A", "You said: B"]);
});

check("batch with an item that does not fit", async () => {
  match((await rejection(remote("ask").batch([INPUT, BAD]))).message, /^422 Error/);
});

// stream

check("stream", async () => equal(said(await all(remote("ask").stream(INPUT))), WORDS));

check("stream comes word by word", async () => {
  equal(said(await paced(remote("slow").stream(INPUT))), WORDS);
});

check("stream with config", async () => {
  const chunks = await all(remote("warm").stream(INPUT, { ...CONFIG, ...at(0.5) }));
  equal(chunks.join(""), "temperature 0.5");
});

check("stream with messages", async () => {
  const messages = [new HumanMessage("One"), new AIMessage("Two")];
  equal((await all(remote("chat").stream({ messages }))).join(""), "system: Be brief. | user: One | assistant: Two");
});

check("stream gives chunks of a message", async () => {
  const chunks = await all(remote("message").stream({ messages: [new HumanMessage(QUESTION)] }));
  ok(chunks.every((chunk) => chunk instanceof AIMessageChunk), chunks);
  equal(chunks.map((chunk) => chunk.content).join(""), ANSWER);
});

check("stream of two at once adds up", async () => {
  const total = { first: "", second: "" };
  for (const chunk of await all(remote("two").stream(INPUT))) {
    for (const [key, text] of Object.entries(chunk)) total[key] += text;
  }
  equal(total, { first: ANSWER, second: `${ANSWER}, again` });
});

check("stream keeps line separators", async () => {
  const question = "a\u2028b\u2029c\u0085d\r\ne";
  equal((await all(remote("ask").stream({ question }))).join(""), `You said: ${question}`);
});

check("transform", async () => {
  async function* inputs() {
    yield INPUT;
  }
  equal(said(await all(remote("ask").transform(inputs(), {}))), WORDS);
});

check("stream behind a prompt", async () => {
  const prompt = ChatPromptTemplate.fromMessages([["human", "{question}"]]);
  const chunks = await all(prompt.pipe(remote("message")).stream(INPUT));
  equal(chunks.map((chunk) => chunk.content).join(""), ANSWER);
});

// streamLog, streamEvents

async function log(chain, config, options) {
  let state;
  for await (const patch of remote(chain).streamLog(INPUT, config, options)) {
    state = state === undefined ? patch : state.concat(patch);
  }
  return state.state;
}

check("streamLog", async () => {
  const state = await log("ask");
  equal(state.final_output, ANSWER);
  equal(Object.keys(state.logs).sort(), ["ChatOpenAI", "ChatPromptTemplate", "StrOutputParser"]);
});

check("streamLog comes word by word", async () => {
  const patches = await paced(remote("slow").streamLog(INPUT));
  const added = patches.flatMap((patch) => patch.ops).filter((op) => op.path === "/streamed_output/-");
  equal(said(added.map((op) => op.value)), WORDS);
});

check("streamLog with filters", async () => {
  equal(Object.keys((await log("ask", {}, { includeNames: ["ChatOpenAI"] })).logs), ["ChatOpenAI"]);
});

check("streamLog with config", async () => {
  equal((await log("warm", at(0.5))).final_output, "temperature 0.5");
});

const events = (chain, options, filters) =>
  all(remote(chain).streamEvents(INPUT, { version: "v2", ...options }, filters));

check("streamEvents", async () => {
  const found = await events("ask");
  const kinds = found.map((event) => event.event);
  equal([kinds[0], kinds.at(-1), found.at(-1).data.output], ["on_chain_start", "on_chain_end", ANSWER]);
  for (const kind of ["on_prompt_end", "on_chat_model_stream", "on_parser_stream", "on_chain_stream"]) {
    ok(kinds.includes(kind), `no ${kind} in ${kinds}`);
  }
});

check("streamEvents with filters", async () => {
  const found = await events("ask", {}, { includeTypes: ["chat_model"] });
  equal([...new Set(found.map((event) => event.name))], ["ChatOpenAI"]);
});

check("streamEvents with config", async () => {
  equal((await events("warm", at(0.5))).at(-1).data.output, "temperature 0.5");
});

check("streamEvents of version 1", async () => {
  const found = await all(remote("old").streamEvents(INPUT, { version: "v1" }));
  equal(found.at(-1).data.output, ANSWER);
});

check("streamEvents come word by word", async () => {
  await paced(remote("slow").streamEvents(INPUT, { version: "v2" }));
});

// What goes wrong

check("invoke 422", async () => match((await rejection(remote("ask").invoke(BAD))).message, /^422 Error.*question/));
check("invoke 404", async () => match((await rejection(remote("nobody").invoke(INPUT))).message, /^404 Error/));
check("invoke 429", async () => match((await rejection(remote("limited").invoke(INPUT))).message, /^429 Error/));
check("batch 429", async () => match((await rejection(remote("limited").batch([INPUT]))).message, /^429 Error/));
check("invoke fails", async () => match((await rejection(remote("fails").invoke(INPUT))).message, /^502 Error/));
check("batch fails", async () => match((await rejection(remote("fails").batch([INPUT]))).message, /^502 Error/));
check("invoke of what breaks", async () => match((await rejection(remote("cuts").invoke(INPUT))).message, /^502/));

check("a prompt of bare text is refused for what it is", async () => {
  const chain = PromptTemplate.fromTemplate("{question}").pipe(remote("chat"));
  match((await rejection(chain.invoke(INPUT))).message, /^422 Error/);
});

for (const [chain, input, status] of [["ask", BAD, 422], ["nobody", INPUT, 404], ["limited", INPUT, 429], ["fails", INPUT, 502]]) {
  const methods = {
    stream: () => remote(chain).stream(input),
    streamLog: () => remote(chain).streamLog(input),
    streamEvents: () => remote(chain).streamEvents(input, { version: "v2" }),
  };
  for (const [method, run] of Object.entries(methods)) {
    check(`${method} ${status}, and why`, async () => {
      const { error } = await untilError(run());
      match(error.message, new RegExp(`${status}`));
      ok(!error.message.includes("undefined"), error.message);
    });
  }
}

for (const [chain, status] of [["breaks", 502], ["cuts", 502], ["stops", 502], ["stalls", 504]]) {
  check(`stream of what ${chain} in the middle`, async () => {
    const { items, error } = await untilError(remote(chain).stream(INPUT));
    equal(said(items), WORDS.slice(0, 3));
    equal(JSON.parse(error.message).status_code, status);
  });
  check(`streamLog of what ${chain} in the middle`, async () => {
    ok((await untilError(remote(chain).streamLog(INPUT))).items.length > 3);
  });
  check(`streamEvents of what ${chain} in the middle`, async () => {
    const { items } = await untilError(remote(chain).streamEvents(INPUT, { version: "v2" }));
    ok(items.some((event) => event.event === "on_chat_model_stream"));
  });
}

check("stream fails late before the first word", async () => {
  const { items, error } = await untilError(remote("late").stream(INPUT));
  equal([said(items), JSON.parse(error.message).status_code], [[], 502]);
});

// Clients that go away

// A `for await` that is left does not close the connection: the client reads on by itself. What ends it is its signal.
check("stream is aborted", () =>
  givenUp("endless", async (started) => {
    const abort = new AbortController();
    const reading = untilError(remote("endless").stream(INPUT, { signal: abort.signal }));
    await started();
    abort.abort();
    match(String((await reading).error), /abort/i);
  }));

check("invoke is aborted", () =>
  givenUp("silent", async (started) => {
    const abort = new AbortController();
    const answer = rejection(remote("silent").invoke(INPUT, { signal: abort.signal }));
    await started();
    abort.abort();
    await answer;
  }));

check("streamEvents are aborted", () =>
  givenUp("endless", async (started) => {
    const abort = new AbortController();
    const reading = untilError(remote("endless").streamEvents(INPUT, { version: "v2", signal: abort.signal }));
    await started();
    abort.abort();
    await reading;
  }));

check("a timeout of the client gives up", () =>
  givenUp("silent", () => rejection(remote("silent", { timeout: 300 }).invoke(INPUT))));

nothingIsLeftOpen();
await main();
