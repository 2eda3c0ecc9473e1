import { RemoteRunnable } from "@langchain/core/runnables/remote";

const ask = new RemoteRunnable({ url: "http://127.0.0.1:8000/langserve/ask" });

console.log(await ask.invoke({ question: "What is Python?" }));
console.log(await ask.batch([{ question: "What is Rust?" }, { question: "What is Go?" }]));
for await (const chunk of await ask.stream({ question: "What is Python?" })) {
  console.log(chunk);
}
