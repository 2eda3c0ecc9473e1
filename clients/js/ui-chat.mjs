// What useChat is made of, in the AI SDK's major version that is given: DefaultChatTransport, and Chat of @ai-sdk/react.

import {
  ANSWER, QUESTION, WINDLASS, WORDS, all, check, equal, givenUp, main, nothingIsLeftOpen, ok, oneByOne, rejection, until,
} from "./checks.mjs";

const [major] = process.argv.slice(2);
const [ai, react] = { 5: ["ai5", "@ai-sdk/react5"], 6: ["ai6", "@ai-sdk/react6"], 7: ["ai", "@ai-sdk/react"] }[major];
const { DefaultChatTransport } = await import(ai);
const { Chat } = await import(react);

const transport = (chain) => new DefaultChatTransport({ api: `${WINDLASS}/ui/${chain}/chat` });

/** A chat of a page, and how each of its answers ended. */
function chatWith(chain, more) {
  const finishes = [];
  const chat = new Chat({ transport: transport(chain), onFinish: (finish) => finishes.push(finish), ...more });
  return { chat, finishes };
}

/** What the last message says. */
function said({ messages }) {
  return messages.at(-1).parts.filter((part) => part.type === "text").map((part) => part.text).join("");
}

const question = (text = QUESTION) => ({ id: "question", role: "user", parts: [{ type: "text", text }] });
const send = (chain, messages = [question()], more) =>
  transport(chain).sendMessages({ chatId: "a-chat", messages, trigger: "submit-message", ...more });

check("is the version that is meant", async () => {
  const { default: own } = await import(`${ai}/package.json`, { with: { type: "json" } });
  equal(own.version.split(".")[0], major);
});

check("an answer", async () => {
  const { chat, finishes } = chatWith("ask");
  await chat.sendMessage({ text: QUESTION });
  equal([chat.status, chat.error, chat.messages.length], ["ready", undefined, 2]);
  equal([chat.messages[1].role, said(chat)], ["assistant", ANSWER]);
  ok(chat.messages[1].id, chat.messages[1]);
  const { isAbort, isError, isDisconnect } = finishes[0];
  equal([finishes.length, isAbort, isError, isDisconnect], [1, false, false, false]);
});

check("an answer's part is complete", async () => {
  const { chat } = chatWith("ask");
  await chat.sendMessage({ text: QUESTION });
  const text = chat.messages[1].parts.find((part) => part.type === "text");
  equal(text.state, "done");
});

check("a name in two parts", async () => {
  const { chat } = chatWith("team/ask");
  await chat.sendMessage({ text: QUESTION });
  equal(said(chat), ANSWER);
});

check("an output with a field", async () => {
  const { chat } = chatWith("answer");
  await chat.sendMessage({ text: QUESTION });
  equal(said(chat), ANSWER);
});

check("a conversation goes on", async () => {
  const { chat } = chatWith("chat");
  await chat.sendMessage({ text: "One" });
  equal(said(chat), "system: Be brief. | user: One");
  await chat.sendMessage({ text: "Two" });
  equal(said(chat), "system: Be brief. | user: One | assistant: system: Be brief. | user: One | user: Two");
});

check("a chain whose file says what is which field", async () => {
  const { chat } = chatWith("told");
  await chat.sendMessage({ text: "One" });
  await chat.sendMessage({ text: "Two" });
  equal(said(chat), "system: Be dry. | user: One | assistant: system: Be dry. | user: One | user: Two");
});

check("an answer is made anew", async () => {
  const { chat } = chatWith("chat");
  await chat.sendMessage({ text: "One" });
  await chat.regenerate();
  equal([chat.messages.length, said(chat)], [2, "system: Be brief. | user: One"]);
});

check("more fields in the body", async () => {
  const { chat } = chatWith("ask");
  await chat.sendMessage({ text: QUESTION, metadata: { a: 1 } }, { body: { more: { b: 2 } }, headers: { "x-mine": "1" } });
  equal([chat.status, said(chat)], ["ready", ANSWER]);
});

check("the parts from start to finish", async () => {
  const parts = await all(await send("ask"));
  const types = parts.map((part) => part.type);
  const deltas = parts.filter((part) => part.type === "text-delta");
  equal(deltas.map((part) => part.delta), WORDS);
  equal(types.filter((type) => type !== "text-delta"), ["start", "start-step", "text-start", "text-end", "finish-step", "finish"]);
  equal(new Set(deltas.map((part) => part.id)).size, 1);
  ok(parts[0].messageId, parts[0]);
  // The first versions of 5 take no `finishReason` beside it.
  equal(parts.at(-1).messageMetadata.finishReason, "stop");
});

check("a tool of the page's own", async () => {
  const { chat } = chatWith("caller");
  await chat.sendMessage({ text: QUESTION });
  const call = chat.messages[1].parts.find((part) => part.type === "tool-weather");
  equal([call.state, call.input], ["input-available", { city: "Oslo" }]);
  const { toolCallId } = call;
  await chat[major === "5" ? "addToolResult" : "addToolOutput"]({ tool: "weather", toolCallId, output: "sunny" });
  await chat.sendMessage();
  equal([chat.status, said(chat), chat.messages.length], ["ready", "You said: sunny", 2]);
});

check("the text comes word by word", async () => {
  const { chat } = chatWith("slow");
  const times = [];
  chat["~registerMessagesCallback"](() => times.push(performance.now()));
  await chat.sendMessage({ text: QUESTION });
  equal(said(chat), ANSWER);
  oneByOne(times);
});

check("parts that say nothing to a model", async () => {
  const parts = [{ type: "step-start" }, ...question().parts, { type: "data-mine", data: { a: 1 } }];
  equal((await all(await send("ask", [{ ...question(), parts }]))).at(-1).type, "finish");
});

// What goes wrong

for (const [name, chain, text] of [
  ["a chain that is not there", "nobody", QUESTION],
  ["429", "limited", QUESTION],
  ["a failure before the first word", "fails", QUESTION],
  ["a late failure before the first word", "late", QUESTION],
]) {
  check(`${name} is an error to show`, async () => {
    const { chat, finishes } = chatWith(chain);
    await chat.sendMessage({ text });
    equal(chat.status, "error");
    ok(chat.error.message && !chat.error.message.includes("{"), chat.error.message);
    equal(finishes[0]?.isError ?? true, true);
  });
}

check("422 is an error to show", async () => {
  const error = await rejection(send("ask", []));
  ok(error.message && !error.message.includes("{"), error.message);
});

for (const chain of ["breaks", "cuts", "stops", "stalls"]) {
  check(`what ${chain} in the middle is an error, and keeps its text`, async () => {
    const { chat, finishes } = chatWith(chain);
    await chat.sendMessage({ text: QUESTION });
    equal([chat.status, said(chat)], ["error", "You said: What "]);
    ok(chat.error.message && !chat.error.message.includes("{"), chat.error.message);
    equal(finishes.at(-1).isError, true);
  });
}

check("a chat goes on after an error", async () => {
  const { chat } = chatWith("cuts");
  await chat.sendMessage({ text: QUESTION });
  chat.clearError();
  chat.transport = transport("ask");
  await chat.sendMessage({ text: QUESTION });
  equal([chat.status, said(chat)], ["ready", ANSWER]);
});

// Clients that go away, and that come back

check("stop in the middle", () =>
  givenUp("endless", async (started) => {
    const { chat, finishes } = chatWith("endless");
    const sending = chat.sendMessage({ text: QUESTION });
    await started();
    await until(() => chat.messages.length === 2 && said(chat) !== "", "there is no text");
    await chat.stop();
    await sending;
    equal([chat.status, chat.error, finishes[0].isAbort], ["ready", undefined, true]);
  }));

check("stop before the first word", () =>
  givenUp("silent", async (started) => {
    const { chat } = chatWith("silent");
    const sending = chat.sendMessage({ text: QUESTION });
    await started();
    await chat.stop();
    await sending;
    equal([chat.status, chat.error], ["ready", undefined]);
  }));

check("a stream that nobody reads on", () =>
  givenUp("endless", async () => {
    const stream = await send("endless");
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
  }));

check("there is nothing to come back to", async () => {
  equal(await transport("ask").reconnectToStream({ chatId: "a-chat" }), null);
  const { chat } = chatWith("ask", { id: "a/chat", messages: [question()] });
  await chat.resumeStream();
  equal([chat.status, chat.error, chat.messages.length], ["ready", undefined, 1]);
});

nothingIsLeftOpen();
await main();
