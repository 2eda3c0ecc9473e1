from langserve import RemoteRunnable

ask = RemoteRunnable("http://127.0.0.1:8000/langserve/ask")

print(ask.invoke({"question": "What is Python?"}))
print(ask.batch([{"question": "What is Rust?"}, {"question": "What is Go?"}]))
for chunk in ask.stream({"question": "What is Python?"}):
    print(chunk, flush=True)
