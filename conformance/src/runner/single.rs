//! One check: that a chain loads or is refused, or one run.

use super::{Part, Settings};
use crate::{
    Case, Difference, Engine, EngineError, Json, LoadOptions, Loader, Mode, Reason, Ruling, Run, Tier,
    Variant,
    case::Call,
    compare,
    mock::{Mock, Wrong},
    refusal,
};
use std::{net::SocketAddr, sync::Arc};

/// The name of the check that the chain loads or is refused.
pub(super) const LOAD: &str = "(load)";

type Loaded = Result<Box<dyn Engine>, Vec<Reason>>;

/// One check of a case.
pub(super) struct Single {
    loader: Arc<dyn Loader>,
    case: Arc<Case>,
    part: Part,
    converted: bool,
    ruling: Option<Ruling>,
}

impl Single {
    pub(super) fn new(loader: Arc<dyn Loader>, case: Arc<Case>, part: Part, settings: &Settings) -> Self {
        let mut single = Single { loader, case, part, converted: settings.converted, ruling: None };
        single.ruling = settings.exceptions.ruling(&single.case.name, &single.id()).cloned();
        single
    }

    pub(super) fn id(&self) -> String {
        match self.part {
            Part::Load => LOAD.into(),
            Part::Run(number) => self.case.runs[number].id.clone(),
            Part::Variant(number) => self.case.variants[number].name.clone(),
        }
    }

    pub(super) fn is_ruled(&self) -> bool {
        self.ruling.is_some()
    }

    pub(super) async fn check(self) -> Result<(), Difference> {
        let jinja2 = self.case.tier == Tier::Jinja2;
        match self.part {
            Part::Load => self.check_load(),
            Part::Run(number) => self.check_run(&self.case.chain, &self.case.runs[number], jinja2).await,
            Part::Variant(number) => self.check_variant(&self.case.variants[number]).await,
        }
    }

    fn check_load(&self) -> Result<(), Difference> {
        let (chain, complaint) = (&self.case.chain, self.case.refusal.as_deref());
        match self.case.tier {
            Tier::Core | Tier::Ext => {
                self.open(chain, nowhere(), false).map(drop).map_err(|reasons| refused(&reasons))
            }
            Tier::Reject => self.check_refused(chain, complaint, self.open(chain, nowhere(), false)),
            Tier::Jinja2 => {
                self.check_refused(chain, complaint, self.open(chain, nowhere(), false))?;
                self.open(chain, nowhere(), true).map(drop).map_err(|reasons| refused(&reasons))
            }
        }
    }

    fn check_refused(&self, chain: &str, complaint: Option<&str>, loaded: Loaded) -> Result<(), Difference> {
        match (loaded, &self.ruling) {
            (Ok(_), _) => Err(Difference::new("load", wanted_refusal(complaint), "a chain")),
            (Err(reasons), Some(Ruling::Refused(paths))) => refusal::check_named(paths, &reasons),
            (Err(reasons), _) => refusal::check(chain, complaint, &reasons),
        }
    }

    async fn check_variant(&self, variant: &Variant) -> Result<(), Difference> {
        let jinja2 = self.case.tier == Tier::Jinja2;
        if let Some(Ruling::Refused(_)) = self.ruling {
            let loaded = self.open(&variant.chain, nowhere(), jinja2);
            return self.check_refused(&variant.chain, None, loaded);
        }
        if let Some(run) = &variant.run {
            return self.check_run(&variant.chain, run, jinja2 || variant.refusal.is_some()).await;
        }
        let loaded = self.open(&variant.chain, nowhere(), jinja2 && variant.refusal.is_none());
        match &variant.refusal {
            None => loaded.map(drop).map_err(|reasons| refused(&reasons)),
            Some(complaint) if loaded.is_ok() && refusal::may_load(&variant.chain, complaint) => Ok(()),
            Some(complaint) => self.check_refused(&variant.chain, Some(complaint), loaded),
        }
    }

    async fn check_run(&self, chain: &str, run: &Run, jinja2: bool) -> Result<(), Difference> {
        let (wanted, upstream) = match &self.ruling {
            Some(Ruling::Refused(_)) => {
                return self.check_refused(chain, None, self.open(chain, nowhere(), jinja2));
            }
            Some(Ruling::Result { wanted, upstream }) => (wanted, upstream.as_ref().unwrap_or(&run.upstream)),
            None => (&run.wanted, &run.upstream),
        };
        let unable =
            |error: std::io::Error| Difference::new("mock", "a server on 127.0.0.1", error.to_string());
        let mock = Mock::start(upstream.clone()).await.map_err(unable)?;
        let engine = self.open(chain, mock.address(), jinja2).map_err(|reasons| refused(&reasons))?;
        let got = call(&*engine, &run.call).await?;
        let requests = mock.finish().await;
        if let Err(Wrong::Asked(difference)) = requests {
            return Err(difference);
        }
        // What came of the run explains why a request is missing.
        compare::compare(wanted, &got)?;
        match requests {
            Err(Wrong::Missing(difference) | Wrong::Asked(difference)) => Err(difference),
            Ok(()) => Ok(()),
        }
    }

    fn open(&self, chain: &str, upstream: SocketAddr, jinja2: bool) -> Loaded {
        let (environment, secrets) = (self.case.environment.clone(), self.case.secrets.clone());
        let options = LoadOptions { environment, secrets, upstream, hosts: self.case.hosts(), jinja2 };
        let loaded = self.loader.load(chain, &options)?;
        if !self.converted {
            return Ok(loaded);
        }
        self.loader.load_yaml(&self.loader.convert(chain, &options)?, &options)
    }
}

/// Where nothing listens; for chains that are loaded and not run.
fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9))
}

async fn call(engine: &dyn Engine, call: &Call) -> Result<Json, Difference> {
    let config = call.config.as_deref();
    let mut members: Vec<(&str, Json)> = Vec::new();
    match &call.mode {
        Mode::Invoke(input) => members.push(match engine.invoke(input, config).await {
            Ok(output) => ("output", json(&output)?),
            Err(error) => ("error", exception(&error)?),
        }),
        Mode::Stream(input) => {
            let streamed = engine.stream(input, config).await;
            let chunks = streamed.chunks.iter().map(|chunk| json(chunk)).collect::<Result<_, _>>()?;
            members.push(("chunks", Json::List(chunks)));
            members.push(match (streamed.error, streamed.aggregate) {
                (Some(error), _) => ("error", exception(&error)?),
                (None, Some(aggregate)) => ("aggregate", json(&aggregate)?),
                (None, None) => ("aggregate", Json::Null),
            });
        }
        Mode::Batch { inputs, return_exceptions } => {
            members.push(match engine.batch(inputs, config, *return_exceptions).await {
                Ok(outputs) => {
                    ("outputs", Json::List(outputs.into_iter().map(item).collect::<Result<_, _>>()?))
                }
                Err(error) => ("error", exception(&error)?),
            });
        }
    }
    Ok(object(members))
}

fn item(output: Result<String, EngineError>) -> Result<Json, Difference> {
    match output {
        Ok(output) => json(&output),
        Err(error) => Ok(object(vec![("__exception__", exception(&error)?)])),
    }
}

fn exception(error: &EngineError) -> Result<Json, Difference> {
    let mut members = vec![
        ("type", Json::from(error.class.as_str())),
        ("mro", Json::List(error.mro.iter().map(|class| Json::from(class.as_str())).collect())),
        ("message", Json::from(error.message.as_str())),
    ];
    members.extend(error.status_code.map(|status| ("status_code", Json::Int(status.to_string()))));
    if let Some(output) = &error.llm_output {
        members.push(("llm_output", json(output)?));
    }
    Ok(object(members))
}

fn object(members: Vec<(&str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn json(text: &str) -> Result<Json, Difference> {
    Json::parse(text).map_err(|_| Difference::new("$", "JSON", text))
}

fn refused(reasons: &[Reason]) -> Difference {
    let reasons: Vec<String> =
        reasons.iter().map(|reason| format!("{}: {}", reason.path, reason.message)).collect();
    Difference::new("load", "a chain", format!("refused: {}", reasons.join("; ")))
}

fn wanted_refusal(complaint: Option<&str>) -> String {
    let first = complaint.and_then(|complaint| complaint.lines().next()).unwrap_or_default();
    format!("a refusal, as Python's: {first}")
}
