from langchain_core.load import dumps
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

prompt = ChatPromptTemplate.from_messages([
    ("system", "You answer in one sentence, in a {tone} tone."),
    ("placeholder", "{history}"),
    ("human", "{question}"),
])
chain = prompt | ChatOpenAI(model="gpt-4o-mini", temperature=0) | StrOutputParser()

with open("ask.json", "w") as file:
    file.write(dumps(chain))
