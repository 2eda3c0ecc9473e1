//! The table of routes: which path takes which method, who owns it, and what answers.

use crate::{
    app::Call,
    error::{ApiError, Code},
    http::Response,
};
use futures_util::future::BoxFuture;
use http::Method;
use indexmap::IndexMap;
use std::{fmt, sync::Arc};

/// What answers a request.
pub(crate) type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Response, ApiError>> + Send + Sync>;

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
    methods: Vec<(Method, &'static str, Handler)>,
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
}

impl RouteTable {
    /// Claims a route for an owner.
    pub(crate) fn claim(
        &mut self,
        owner: &'static str,
        (method, path): (Method, String),
        handler: Handler,
    ) -> Result<(), RouteConflict> {
        let path = if path.is_empty() { "/".into() } else { path };
        let route = self.routes.entry(path.clone()).or_default();
        if let Some((_, first, _)) = route.methods.iter().find(|(taken, ..)| *taken == method) {
            return Err(RouteConflict { method: method.to_string(), path, first, second: owner });
        }
        route.methods.push((method, owner, handler));
        Ok(())
    }

    /// A path that is `base` or lies below it.
    pub(crate) fn below(&self, base: &str) -> Option<&str> {
        let below =
            |path: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.routes.keys().map(String::as_str).find(|path| below(path))
    }

    /// The finished table.
    pub(crate) fn finish(self) -> Result<Routes, RouteConflict> {
        let mut tree = matchit::Router::new();
        for (path, route) in self.routes {
            let owner = route.methods.first().map_or("", |(_, owner, _)| owner);
            tree.insert(path.clone(), route).map_err(|_| RouteConflict {
                method: "*".into(),
                path,
                first: "another route",
                second: owner,
            })?;
        }
        Ok(Routes { tree })
    }
}

/// All routes of a site.
pub(crate) struct Routes {
    tree: matchit::Router<Route>,
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routes")
    }
}

impl Routes {
    /// What answers this method on this path; `Ok(None)` if nothing is at the path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Option<Handler>, ApiError> {
        let Ok(found) = self.tree.at(path) else { return Ok(None) };
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match found.value.methods.iter().find(|(method, ..)| method == wanted) {
            Some((_, _, handler)) => Ok(Some(handler.clone())),
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
}
