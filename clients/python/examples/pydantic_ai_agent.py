from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

windlass = OpenAIProvider(base_url="http://127.0.0.1:8000/v1", api_key="unused")
agent = Agent(OpenAIChatModel("chat", provider=windlass))

print(agent.run_sync("What is Python?").output)
