// A page with `useChat` as its documentation shows it. It asks each chain the same question, one after the other, stops the
// one that does not end, and tells the server it came from what it showed.

import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(location.search);
const chains = query.get("chains").split(",");

function textOf(message) {
  return message.parts.filter((part) => part.type === "text").map((part) => part.text).join("");
}

function Chat({ chain, onSettled }) {
  const shown = useRef(null);
  const [settled, setSettled] = useState(false);
  const [transport] = useState(() => new DefaultChatTransport({ api: `${query.get("windlass")}/ui/${chain}/chat` }));
  const { messages, sendMessage, status, error, stop } = useChat({
    transport,
    onFinish: () => setSettled(true),
    onError: () => setSettled(true),
  });
  useEffect(() => {
    sendMessage({ text: "What is Python?" });
  }, []);
  useEffect(() => {
    if (chain === "endless" && messages.some((message) => message.role === "assistant" && textOf(message))) stop();
  }, [messages]);
  useEffect(() => {
    if (settled && (status === "ready" || status === "error")) onSettled([...shown.current.children].map((child) => child.innerText));
  }, [settled, status, error]);
  return (
    <section ref={shown}>
      {messages.map((message) => (
        <p key={message.id}>
          {message.role}: {textOf(message)}
        </p>
      ))}
      {error && <p>error: {error.message}</p>}
      <p>{status}</p>
    </section>
  );
}

function Chats() {
  const [shown, setShown] = useState([]);
  const chain = chains[shown.length];
  useEffect(() => {
    if (!chain) fetch("/shown", { method: "POST", body: JSON.stringify(shown) });
  }, [chain]);
  return chain ? <Chat key={chain} chain={chain} onSettled={(lines) => setShown([...shown, lines])} /> : null;
}

createRoot(document.getElementById("root")).render(<Chats />);
