// What assistant-ui reads an AI SDK stream with: the decoder and the accumulator of assistant-stream.

import { AssistantMessageAccumulator, AssistantStream, UIMessageStreamDecoder } from "assistant-stream";
import {
  ANSWER, QUESTION, WINDLASS, all, check, equal, givenUp, main, nothingIsLeftOpen, ok, oneByOne,
} from "./checks.mjs";

async function post(chain, signal) {
  const messages = [{ id: "question", role: "user", parts: [{ type: "text", text: QUESTION }] }];
  const response = await fetch(`${WINDLASS}/ui/${chain}/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: "a-chat", messages, trigger: "submit-message" }),
    signal,
  });
  equal([response.status, response.headers.get("x-vercel-ai-ui-message-stream")], [200, "v1"]);
  return response;
}

const decoded = (response) => AssistantStream.fromResponse(response, new UIMessageStreamDecoder());
/** The states of the message as it grows. */
const states = (response) => decoded(response).pipeThrough(new AssistantMessageAccumulator());
const said = (message) => message.parts.filter((part) => part.type === "text").map((part) => part.text).join("");

check("an answer", async () => {
  const message = (await all(states(await post("ask")))).at(-1);
  equal([said(message), message.status.type], [ANSWER, "complete"]);
});

check("an answer's chunks", async () => {
  const types = (await all(decoded(await post("ask")))).map((chunk) => chunk.type);
  equal(types.filter((type) => type === "text-delta").length, 5);
  equal(types.at(-1), "message-finish");
});

check("a call of a tool", async () => {
  const { parts } = (await all(states(await post("caller")))).at(-1);
  const calls = parts.map(({ type, toolName, argsText }) => [type, toolName, JSON.parse(argsText)]);
  equal(calls, [["tool-call", "weather", { city: "Oslo" }]]);
});

check("an answer comes word by word", async () => {
  const times = [];
  for await (const message of states(await post("slow"))) if (said(message)) times.push(performance.now());
  oneByOne(times);
});

for (const chain of ["breaks", "cuts", "stops", "stalls"]) {
  check(`what ${chain} in the middle is an error, and keeps its text`, async () => {
    const message = (await all(states(await post(chain)))).at(-1);
    equal([said(message), message.status.type, message.status.reason], ["You said: What ", "incomplete", "error"]);
    ok(message.status.error, message.status);
  });
}

check("a late failure before the first word is an error", async () => {
  const { status } = (await all(states(await post("late")))).at(-1);
  equal([status.type, status.reason], ["incomplete", "error"]);
});

check("a stream that nobody reads on", () =>
  givenUp("endless", async () => {
    const abort = new AbortController();
    const reader = decoded(await post("endless", abort.signal)).getReader();
    await reader.read();
    abort.abort();
  }));

nothingIsLeftOpen();
await main();
