//! The server as a tower service: from a request to its answer, whoever brought it.

use crate::{
    app::{App, Call, Site},
    error::{ApiError, Code},
    facts::Facts,
    http::{BoxError, Request, Response, ResponseBody},
    origin::{self, CorsHeaders},
    routes::Owner,
};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt;
use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
};
use windlass_core::RunId;

/// The server as a [`tower_service::Service`], to be mounted in a server of yours: it takes any body and never fails.
#[derive(Debug, Clone)]
pub struct WindlassService {
    pub(crate) app: Arc<App>,
}

impl<B> tower_service::Service<http::Request<B>> for WindlassService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
        Box::pin(self.app.clone().answer(request).map(Ok))
    }
}

const RUN_ID: HeaderName = HeaderName::from_static("x-run-id");

impl App {
    /// Answers a request. A panic while it is answered is this request's 500 and nothing else.
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Response {
        let facts = Facts::of(&request, &self.settings);
        let site = self.site.load_full();
        let uri = request.uri().clone();
        let asks_for_head = request.method() == Method::HEAD;
        let run = facts.run;
        let cors = CorsHeaders::of(request.headers(), &self.settings.cors);
        let answering = AssertUnwindSafe(self.clone().route(site.clone(), request, facts)).catch_unwind();
        let result =
            answering.await.unwrap_or_else(|_| Err(ApiError::new(Code::Internal, "a defect of this server")));
        let mut response = match result {
            Ok(response) => response,
            Err(error) => self.refusal(error, run, site.routes.owner(self.own_path(uri.path()))),
        };
        if let Ok(id) = HeaderValue::from_str(uuid_text(run, &mut [0; 36])) {
            response.headers_mut().entry(RUN_ID).or_insert(id);
        }
        cors.add(&mut response);
        if asks_for_head {
            leave_the_head(&mut response);
        }
        response
    }

    fn refusal(&self, error: ApiError, run: RunId, owner: Owner) -> Response {
        self.metrics.refused(error.code.as_str());
        (owner.refuse)(error, run)
    }

    async fn route(
        self: Arc<Self>,
        site: Arc<Site>,
        request: Request,
        facts: Facts,
    ) -> Result<Response, ApiError> {
        let path = self.own_path(request.uri().path());
        let methods = || site.routes.methods(path).unwrap_or_default();
        if let Some(answer) =
            origin::preflight(request.method(), request.headers(), &self.settings.cors, &methods())
        {
            return Ok(answer);
        }
        let Some(found) = site.routes.find(request.method(), path)? else {
            return Err(not_found(path, &site));
        };
        (found.handler)(Call { app: self, site, request, facts, params: found.params }).await
    }

    /// The path without the base path and without a slash at its end.
    fn own_path<'a>(&self, path: &'a str) -> &'a str {
        let base = self.settings.base_path.as_deref().unwrap_or_default().trim_end_matches('/');
        let inside = path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match inside.unwrap_or(path).trim_end_matches('/') {
            "" => "/",
            path => path,
        }
    }
}

/// Takes the body from an answer to HEAD; its length stays. HTTP/1 never sends such a body, but in HTTP/2 to send it breaks
/// the protocol.
fn leave_the_head(response: &mut Response) {
    let length = response.body().size_hint().exact();
    // An answer that never has a body has no length of it.
    if let Some(length) = length.filter(|_| response.status() != StatusCode::NO_CONTENT) {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = ResponseBody::Whole(None);
}

/// Says which chains there are, if the path could have meant one that is not there. Names begin behind the dialect's prefix.
fn not_found(path: &str, Site { chains, routes, .. }: &Site) -> ApiError {
    let prefix = routes.prefix(path);
    let names = || chains.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let inside = path.strip_prefix(prefix).unwrap_or(path).trim_start_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    // Whether chains have such a path in this dialect.
    let has =
        |tail: &str| chains.keys().any(|name| routes.methods(&format!("{prefix}/{name}{tail}")).is_some());
    let operation = has(&format!("/{last}"));
    if operation && inside == last && chains.len() > 1 {
        let message =
            format!("this server has several chains; call {prefix}/<chain>/{last} with one of {}", names());
        return ApiError::new(Code::ChainNotFound, message);
    }
    let name = match inside.strip_suffix(last) {
        Some(name) if operation => name.trim_end_matches('/'),
        _ if inside == last && has("") => last,
        _ => "",
    };
    if name.is_empty() || chains.contains_key(name) {
        return ApiError::new(Code::NotFound, "nothing is at this path; `/docs` shows what there is");
    }
    let name: String = name.chars().take(128).collect();
    ApiError::new(Code::ChainNotFound, format!("there is no chain `{name}`; there is {}", names()))
}

pub(crate) fn uuid_text(run: RunId, buffer: &mut [u8; 36]) -> &str {
    run.0.hyphenated().encode_lower(buffer)
}
