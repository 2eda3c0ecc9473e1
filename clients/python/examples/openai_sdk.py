from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="unused")
messages = [{"role": "user", "content": "What is Python?"}]

answer = client.chat.completions.create(model="chat", messages=messages)
print(answer.choices[0].message.content)
for chunk in client.chat.completions.create(model="chat", messages=messages, stream=True):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
