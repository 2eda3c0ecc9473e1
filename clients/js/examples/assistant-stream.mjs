import { AssistantMessageAccumulator, AssistantStream, UIMessageStreamDecoder } from "assistant-stream";

const response = await fetch("http://127.0.0.1:8000/ui/chat/chat", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ messages: [{ role: "user", parts: [{ type: "text", text: "What is Python?" }] }] }),
});
const stream = AssistantStream.fromResponse(response, new UIMessageStreamDecoder());
for await (const message of stream.pipeThrough(new AssistantMessageAccumulator())) {
  process.stdout.write(`\r${message.parts.map((part) => part.text).join("")}`);
}
