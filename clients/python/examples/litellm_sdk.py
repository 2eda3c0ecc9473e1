import litellm

windlass = {"api_base": "http://127.0.0.1:8000/v1", "api_key": "unused"}
messages = [{"role": "user", "content": "What is Python?"}]

answer = litellm.completion(model="openai/chat", messages=messages, **windlass)
print(answer.choices[0].message.content)
for chunk in litellm.completion(model="openai/chat", messages=messages, stream=True, **windlass):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
