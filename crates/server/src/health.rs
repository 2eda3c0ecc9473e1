//! Health, readiness and metrics, for probes and scrapers.

use crate::{
    http::{Response, json_response, whole},
    routes::{Handler, RouteConflict, RouteTable, SERVER},
};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;
use std::sync::Arc;

/// Claims the routes.
pub(crate) fn claim(table: &mut RouteTable) -> Result<(), RouteConflict> {
    let health: Handler = Arc::new(|_| answer(json_response(StatusCode::OK, &json!({"status": "ok"}))));
    let ready: Handler = Arc::new(|call| {
        let draining = call.app.drain.is_draining();
        answer(readiness(draining, call.app.settings.timeouts.retry_after.overloaded.0.as_secs()))
    });
    let metrics: Handler = Arc::new(|call| {
        answer(whole(
            StatusCode::OK,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            call.app.metrics.render(),
        ))
    });
    table.claim(SERVER, (Method::GET, "/health".into()), health.clone())?;
    table.claim(SERVER, (Method::GET, "/livez".into()), health)?;
    table.claim(SERVER, (Method::GET, "/readyz".into()), ready)?;
    table.claim(SERVER, (Method::GET, "/metrics".into()), metrics)
}

fn answer(
    response: Response,
) -> futures_util::future::BoxFuture<'static, Result<Response, crate::error::ApiError>> {
    Box::pin(std::future::ready(Ok(response)))
}

fn readiness(draining: bool, retry_after: u64) -> Response {
    if !draining {
        return json_response(StatusCode::OK, &json!({"status": "ready"}));
    }
    let mut response = json_response(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "draining"}));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after.max(1)));
    response
}
