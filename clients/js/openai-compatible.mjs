// The AI SDK's provider for OpenAI-compatible services: generateText and streamText with chains as models.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import {
  ANSWER, QUESTION, WINDLASS, WORDS, all, check, equal, givenUp, main, nothingIsLeftOpen, ok, paced, rejection,
  upstream,
} from "./checks.mjs";

const windlass = createOpenAICompatible({ name: "windlass", baseURL: `${WINDLASS}/v1`, includeUsage: true });
const asked = (chain, more) => ({ model: windlass(chain), prompt: QUESTION, maxRetries: 0, ...more });
const generate = (chain, more) => generateText(asked(chain, more));

/** A stream, and the errors that it shows. */
function streamed(chain, more) {
  const errors = [];
  const result = streamText(asked(chain, { onError: ({ error }) => errors.push(error), ...more }));
  return { result, errors };
}

const weather = tool({
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `sunny in ${city}`,
});

check("generateText", async () => {
  const answer = await generate("ask");
  equal([answer.text, answer.finishReason, answer.usage.totalTokens], [ANSWER, "stop", 15]);
});

check("generateText with a conversation", async () => {
  const messages = [
    { role: "user", content: "One" }, { role: "assistant", content: "Two" }, { role: "user", content: "Three" },
  ];
  const answer = await generateText({ model: windlass("chat"), messages, maxRetries: 0 });
  equal(answer.text, "system: Be brief. | user: One | assistant: Two | user: Three");
});

check("generateText with a tool", async () => {
  const answer = await generate("tools", { tools: { weather }, stopWhen: stepCountIs(3) });
  equal([answer.text, answer.steps.length], ["You said: sunny in Oslo", 2]);
});

check("streamText", async () => {
  const { result, errors } = streamed("ask");
  equal([await all(result.textStream), await result.finishReason, errors], [WORDS, "stop", []]);
  equal((await result.usage).totalTokens, 15);
});

check("streamText comes word by word", async () => {
  equal(await paced(streamed("slow").result.textStream), WORDS);
});

check("streamText with a tool", async () => {
  const { result } = streamed("tools", { tools: { weather }, stopWhen: stepCountIs(3) });
  equal((await all(result.textStream)).join(""), "You said: sunny in Oslo");
});

for (const [chain, status] of [["nobody", 404], ["limited", 429], ["fails", 502], ["cuts", 502]]) {
  check(`generateText ${chain} ${status}`, async () => {
    const error = await rejection(generate(chain));
    ok(APICallError.isInstance(error), error);
    equal(error.statusCode, status);
  });
}

check("generateText 422", async () => {
  const error = await rejection(generateText({ model: windlass("ask"), messages: [{ role: "assistant", content: "x" }], maxRetries: 0 }));
  equal(error.statusCode, 422);
});

check("generateText is tried again after a 429", async () => {
  const before = (await upstream("fails-429")).requests;
  await rejection(generate("limited", { maxRetries: 1 }));
  equal((await upstream("fails-429")).requests - before, 2);
});

for (const [chain, status] of [["limited", 429], ["fails", 502]]) {
  check(`streamText ${chain} ${status}`, async () => {
    const { result, errors } = streamed(chain);
    equal(await all(result.textStream), []);
    equal(errors.map((error) => error.statusCode), [status]);
    await rejection(result.text);
  });
}

for (const chain of ["breaks", "cuts", "stops", "stalls"]) {
  check(`streamText of what ${chain} in the middle`, async () => {
    const { result, errors } = streamed(chain);
    equal(await all(result.textStream), WORDS.slice(0, 3));
    equal(errors.length, 1);
    equal(await result.finishReason, "error");
  });
}

check("streamText fails late before the first word", async () => {
  const { result, errors } = streamed("late");
  equal([await all(result.textStream), errors.length, await result.finishReason], [[], 1, "error"]);
});

check("streamText is aborted", () =>
  givenUp("endless", async (started) => {
    const abort = new AbortController();
    const { result } = streamed("endless", { abortSignal: abort.signal });
    const reading = all(result.fullStream);
    await started();
    abort.abort();
    equal((await reading).at(-1).type, "abort");
  }));

check("generateText is aborted", () =>
  givenUp("silent", async (started) => {
    const abort = new AbortController();
    const answer = rejection(generate("silent", { abortSignal: abort.signal }));
    await started();
    abort.abort();
    await answer;
  }));

nothingIsLeftOpen();
await main();
