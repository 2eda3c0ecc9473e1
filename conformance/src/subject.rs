//! Windlass behind the seam.

use futures_util::{StreamExt, future::BoxFuture};
use secrecy::SecretString;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, sync::Arc};
use windlass::{
    Chunk, Cx, DynChain, Environment, Error, Exception, HttpPool, LangChainOptions, Number, OnError,
    PoolSettings, Registry, Report, RunnableConfig, Source, Val, dumpd, load, load_langchain, translate,
    vendors,
};
use windlass_conformance::{Engine, EngineError, Json, LoadOptions, Loader, Reason, Streamed};

/// The name of the chain under test.
const NAME: &str = "case";

/// Loads chains with this workspace's loader.
#[derive(Debug)]
pub(crate) struct Windlass;

impl Loader for Windlass {
    fn load(&self, chain: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        let file = load_langchain(&Source::new("chain.json", chain), NAME, &registry(options));
        Ok(Box::new(Loaded(file.map_err(|report| reasons(&report))?.endpoints[0].chain().clone())))
    }

    fn convert(&self, chain: &str, options: &LoadOptions) -> Result<String, Vec<Reason>> {
        let source = Source::new("chain.json", chain);
        let translated = translate(&source, &langchain(options)).map_err(|report| reasons(&report))?;
        Ok(translated.to_chain_file(NAME))
    }

    fn load_yaml(&self, yaml: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        let file = load(&Source::new("chain.yaml", yaml), &registry(options));
        Ok(Box::new(Loaded(file.map_err(|report| reasons(&report))?.endpoints[0].chain().clone())))
    }
}

fn reasons(report: &Report) -> Vec<Reason> {
    let reason = |mistake: &windlass::Mistake| Reason {
        path: mistake.path.clone(),
        message: format!("{} ({})", mistake.message, mistake.remedy),
    };
    report.mistakes().iter().map(reason).collect()
}

/// The case's environment is all there is.
struct Variables(BTreeMap<String, String>);

impl Environment for Variables {
    fn var(&self, name: &str) -> Option<SecretString> {
        self.0.get(name).filter(|value| !value.is_empty()).map(|value| value.as_str().into())
    }
}

fn registry(options: &LoadOptions) -> Registry {
    let pool = HttpPool::new(PoolSettings { gateway: Some(options.upstream), ..PoolSettings::default() });
    Registry {
        vendors: vendors(&pool),
        environment: Arc::new(Variables(options.environment.clone())),
        langchain: langchain(options),
        ..Registry::default()
    }
}

/// Every secret of the case may be sent to every host of the case.
fn langchain(options: &LoadOptions) -> LangChainOptions {
    let mut langchain = LangChainOptions { jinja2: options.jinja2, ..LangChainOptions::default() };
    for name in &options.secrets {
        langchain.secrets.entry(name.clone()).or_default().extend(options.hosts.iter().cloned());
    }
    langchain
}

/// A chain that runs.
struct Loaded(DynChain);

impl Engine for Loaded {
    fn invoke<'a>(
        &'a self,
        input: &'a RawValue,
        config: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<String, EngineError>> {
        Box::pin(async move {
            let output = self.0.chain().invoke_in(value(input), context(config.map(value))).await;
            output.map(written).map_err(exception)
        })
    }

    fn stream<'a>(&'a self, input: &'a RawValue, config: Option<&'a RawValue>) -> BoxFuture<'a, Streamed> {
        Box::pin(async move {
            let mut pieces = self.0.chain().stream_in(value(input), context(config.map(value)));
            let (mut streamed, mut sum) = (Streamed::default(), None::<Val>);
            while let Some(piece) = pieces.next().await {
                match piece {
                    Ok(piece) => {
                        streamed.chunks.push(written(piece.clone()));
                        match &mut sum {
                            Some(sum) => sum.merge(piece),
                            None => sum = Some(piece),
                        }
                    }
                    Err(error) => streamed.error = Some(exception(error)),
                }
            }
            streamed.aggregate = sum.map(written);
            streamed
        })
    }

    fn batch<'a>(
        &'a self,
        inputs: &'a [Box<RawValue>],
        config: Option<&'a RawValue>,
        return_exceptions: bool,
    ) -> BoxFuture<'a, Result<Vec<Result<String, EngineError>>, EngineError>> {
        Box::pin(async move {
            let config = config.map(value);
            if let Some(Val::List(configs)) = &config
                && configs.len() != inputs.len()
            {
                return Err(wrong_length(configs.len(), inputs.len()));
            }
            let configs = inputs.iter().enumerate().map(|(index, _)| match &config {
                Some(Val::List(configs)) => configs.get(index).cloned(),
                config => config.clone(),
            });
            let items = inputs.iter().zip(configs).map(|(input, config)| (value(input), context(config)));
            let on_error = if return_exceptions { OnError::Collect } else { OnError::Fail };
            let outputs = self.0.chain().batch_in(items.collect(), on_error).await.map_err(exception)?;
            Ok(outputs.into_iter().map(|output| output.map(written).map_err(exception)).collect())
        })
    }
}

/// What LangChain says of a list of configurations that is too short or too long.
fn wrong_length(configs: usize, inputs: usize) -> EngineError {
    let message = format!(
        "config must be a list of the same length as inputs, but got {configs} configs for {inputs} inputs"
    );
    exception(Error::raised("batch", "ValueError", message))
}

fn context(config: Option<Val>) -> Cx {
    let Some(Val::Dict(config)) = config else { return Cx::default() };
    let json = config.into_iter().map(|(key, val)| (key, val.into())).collect();
    let config = RunnableConfig::from_json(json).unwrap_or_default();
    Cx::builder().config(config).build()
}

/// An input with all digits of its numbers.
fn value(text: &RawValue) -> Val {
    Json::parse(text.get()).map_or(Val::Null, val)
}

fn val(json: Json) -> Val {
    match json {
        Json::Null => Val::Null,
        Json::Bool(bool) => Val::Bool(bool),
        Json::Int(digits) => Number::parse(&digits).map_or(Val::Null, Val::Number),
        Json::Float(float) => Val::from(float),
        Json::Text(text) => Val::Text(text),
        Json::List(items) => Val::List(items.into_iter().map(val).collect()),
        Json::Object(members) => Val::Dict(members.into_iter().map(|(key, json)| (key, val(json))).collect()),
    }
}

/// An output in the recordings' form.
fn written(output: Val) -> String {
    serde_json::to_string(&dumpd(floats(output))).unwrap_or_default()
}

/// Floats that JSON cannot hold, as the recordings hold them.
fn floats(val: Val) -> Val {
    match val {
        Val::Number(Number::Float(float)) if !float.is_finite() => {
            let name = if float.is_nan() { "nan" } else { ["inf", "-inf"][usize::from(float < 0.0)] };
            Val::Dict([("__float__".to_string(), Val::from(name))].into_iter().collect())
        }
        Val::List(items) => Val::List(items.into_iter().map(floats).collect()),
        Val::Dict(dict) => Val::Dict(dict.into_iter().map(|(key, val)| (key, floats(val))).collect()),
        Val::AddDict(dict) => Val::AddDict(dict.into_iter().map(|(key, val)| (key, floats(val))).collect()),
        other => other,
    }
}

fn exception(error: Error) -> EngineError {
    let exception = Exception::of(&error);
    let (mut status_code, mut llm_output) = (None, None);
    match error {
        Error::Model(error) => status_code = error.status,
        Error::Parse(error) => llm_output = serde_json::to_string(&error.llm_output).ok(),
        _ => {}
    }
    EngineError {
        class: exception.class().into(),
        mro: exception.classes,
        message: exception.text,
        status_code,
        llm_output,
    }
}
