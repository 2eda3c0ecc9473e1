import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";

const windlass = createOpenAICompatible({ name: "windlass", baseURL: "http://127.0.0.1:8000/v1" });

const { textStream } = streamText({ model: windlass("chat"), prompt: "What is Python?" });
for await (const text of textStream) {
  process.stdout.write(text);
}
