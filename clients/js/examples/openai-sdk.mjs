import OpenAI from "openai";

const client = new OpenAI({ baseURL: "http://127.0.0.1:8000/v1", apiKey: "unused" });
const messages = [{ role: "user", content: "What is Python?" }];

const answer = await client.chat.completions.create({ model: "chat", messages });
console.log(answer.choices[0].message.content);
for await (const chunk of await client.chat.completions.create({ model: "chat", messages, stream: true })) {
  process.stdout.write(chunk.choices[0].delta.content ?? "");
}
