//! The table of routes: which path takes which method, who owns it, and what answers.

use crate::{
    app::Call,
    error::{ApiError, Code},
    http::Response,
};
use futures_util::future::BoxFuture;
use http::Method;
use indexmap::IndexMap;
use std::{fmt, future::Future, sync::Arc};
use windlass_core::RunId;

/// Who owns routes, and how it says no.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    /// As people call it: `the native dialect`.
    pub(crate) name: &'static str,
    /// The form its clients read errors in.
    pub(crate) refuse: fn(ApiError, RunId) -> Response,
}

/// The server's own routes.
pub(crate) const SERVER: Owner = Owner { name: "the server", refuse: ApiError::into_response };

/// What answers a request.
pub(crate) type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Response, ApiError>> + Send + Sync>;

/// A handler of a function.
pub(crate) fn handler<F: Future<Output = Result<Response, ApiError>> + Send + 'static>(
    answer: impl Fn(Call) -> F + Send + Sync + 'static,
) -> Handler {
    Arc::new(move |call| Box::pin(answer(call)))
}

/// Two owners claim one route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{first} and {second} both claim `{method} {path}`; move or switch off one of them under `dialects:`"
)]
pub struct RouteConflict {
    method: String,
    path: String,
    first: &'static str,
    second: &'static str,
}

/// A path with its methods.
#[derive(Default)]
struct Route {
    methods: Vec<(Method, Owner, Handler)>,
}

impl Route {
    fn allow(&self) -> String {
        let mut methods: Vec<&str> = self.methods.iter().map(|(method, ..)| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.join(", ")
    }
}

/// The routes while they are gathered.
#[derive(Default)]
pub(crate) struct RouteTable {
    routes: IndexMap<String, Route>,
    grounds: Vec<(String, Owner)>,
}

impl RouteTable {
    /// Gives an owner all paths below a prefix: requests there that no route answers are refused in its form.
    pub(crate) fn ground(&mut self, prefix: &str, owner: Owner) {
        self.grounds.push((prefix.into(), owner));
    }

    /// Claims a route for an owner.
    pub(crate) fn claim(
        &mut self,
        owner: Owner,
        (method, path): (Method, String),
        handler: Handler,
    ) -> Result<(), RouteConflict> {
        let path = if path.is_empty() { "/".into() } else { path };
        let route = self.routes.entry(path.clone()).or_default();
        if let Some((_, first, _)) = route.methods.iter().find(|(taken, ..)| *taken == method) {
            let (first, second) = (first.name, owner.name);
            return Err(RouteConflict { method: method.to_string(), path, first, second });
        }
        route.methods.push((method, owner, handler));
        Ok(())
    }

    /// A path that is `base` or lies below it.
    pub(crate) fn below(&self, base: &str) -> Option<&str> {
        self.routes.keys().map(String::as_str).find(|path| is_below(path, base))
    }

    /// The finished table.
    pub(crate) fn finish(mut self) -> Result<Routes, RouteConflict> {
        let mut tree = matchit::Router::new();
        for (path, route) in self.routes {
            let owner = route.methods.first().map_or("", |(_, owner, _)| owner.name);
            tree.insert(path.clone(), route).map_err(|_| RouteConflict {
                method: "*".into(),
                path,
                first: "another route",
                second: owner,
            })?;
        }
        // The longest prefix comes first, and is found first.
        self.grounds.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Ok(Routes { tree, grounds: self.grounds })
    }
}

/// Whether a path is `base` or lies below it.
fn is_below(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All routes of a site.
pub(crate) struct Routes {
    tree: matchit::Router<Route>,
    grounds: Vec<(String, Owner)>,
}

/// A route that answers a request.
pub(crate) struct Found {
    pub(crate) handler: Handler,
    pub(crate) params: PathParams,
}

/// The variable parts of a path, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathParams(Vec<(String, String)>);

impl PathParams {
    /// The part that stands for this name, as it is in the path.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routes")
    }
}

impl Routes {
    /// What answers this method on this path; `Ok(None)` if nothing is at the path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Option<Found>, ApiError> {
        let Ok(found) = self.tree.at(path) else { return Ok(None) };
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match found.value.methods.iter().find(|(method, ..)| method == wanted) {
            Some((_, _, handler)) => {
                let params = found.params.iter().map(|(key, value)| (key.into(), value.into()));
                Ok(Some(Found { handler: handler.clone(), params: PathParams(params.collect()) }))
            }
            None => {
                let allow = found.value.allow();
                let error =
                    ApiError::new(Code::MethodNotAllowed, format!("`{path}` takes {allow}, not {method}"));
                Err(ApiError { allow: Some(allow), ..error })
            }
        }
    }

    /// The methods of a path, as `Allow` lists them.
    pub(crate) fn methods(&self, path: &str) -> Option<String> {
        self.tree.at(path).ok().map(|found| found.value.allow())
    }

    /// Whose form an error at this path takes.
    pub(crate) fn owner(&self, path: &str) -> Owner {
        let route = self.tree.at(path).ok().and_then(|found| found.value.methods.first());
        route
            .map(|(_, owner, _)| *owner)
            .or_else(|| self.ground(path).map(|(_, owner)| *owner))
            .unwrap_or(SERVER)
    }

    /// What the paths begin with of the dialect that has this one.
    pub(crate) fn prefix(&self, path: &str) -> &str {
        self.ground(path).map_or("", |(prefix, _)| prefix)
    }

    fn ground(&self, path: &str) -> Option<&(String, Owner)> {
        self.grounds.iter().find(|(prefix, _)| is_below(path, prefix))
    }
}
