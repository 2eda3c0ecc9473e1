import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";

const transport = new DefaultChatTransport({ api: "http://127.0.0.1:8000/ui/chat/chat" });
const chat = new Chat({ transport }); // in a component: const { messages, sendMessage, stop } = useChat({ transport });

await chat.sendMessage({ text: "What is Python?" });
for (const part of chat.messages.at(-1).parts) {
  if (part.type === "text") console.log(part.text);
}
