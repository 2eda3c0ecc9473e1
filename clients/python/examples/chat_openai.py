from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="chat", base_url="http://127.0.0.1:8000/v1", api_key="unused")
chain = ChatPromptTemplate.from_template("What is {thing}?") | model | StrOutputParser()

for piece in chain.stream({"thing": "Python"}):
    print(piece, end="", flush=True)
