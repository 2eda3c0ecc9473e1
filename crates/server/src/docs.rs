//! `/openapi.json` and `/docs`: the API's description, and Swagger UI from the binary; no outside host.

use crate::{
    app::Call,
    error::ApiError,
    http::{Response, accepts_gzip, whole},
    routes::{Handler, RouteConflict, RouteTable, SERVER},
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use std::{io::Read, sync::Arc};

/// An embedded file of Swagger UI.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    gzip: Option<&'static [u8]>,
    plain: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset {
        path: "/docs/swagger-ui-bundle.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: Some(include_bytes!("../assets/swagger-ui/swagger-ui-bundle.js.gz")),
        plain: b"",
    },
    Asset {
        path: "/docs/swagger-ui.css",
        content_type: "text/css; charset=utf-8",
        gzip: Some(include_bytes!("../assets/swagger-ui/swagger-ui.css.gz")),
        plain: b"",
    },
    Asset {
        path: "/docs/start.js",
        content_type: "text/javascript; charset=utf-8",
        gzip: None,
        plain: include_bytes!("../assets/docs/start.js"),
    },
    Asset {
        path: "/docs/favicon-32x32.png",
        content_type: "image/png",
        gzip: None,
        plain: include_bytes!("../assets/swagger-ui/favicon-32x32.png"),
    },
];

const PAGE: &str = include_str!("../assets/docs/index.html");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Claims the routes.
pub(crate) fn claim(table: &mut RouteTable) -> Result<(), RouteConflict> {
    table.claim(SERVER, (Method::GET, "/openapi.json".into()), handler(|call| openapi(&call)))?;
    table.claim(SERVER, (Method::GET, "/docs".into()), handler(|_| page()))?;
    for asset in &ASSETS {
        table.claim(SERVER, (Method::GET, asset.path.into()), handler(|call| file(&call, asset)))?;
    }
    Ok(())
}

fn handler(answer: impl Fn(Call) -> Response + Send + Sync + 'static) -> Handler {
    Arc::new(move |call| Box::pin(std::future::ready(Ok::<_, ApiError>(answer(call)))))
}

fn openapi(call: &Call) -> Response {
    let mut document = call.site.openapi.clone();
    let url = if call.facts.prefix.is_empty() { "/" } else { &call.facts.prefix };
    document["servers"] = serde_json::json!([{"url": url}]);
    crate::http::json_response(StatusCode::OK, &document)
}

fn page() -> Response {
    let mut response = whole(StatusCode::OK, "text/html; charset=utf-8", PAGE);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn file(call: &Call, asset: &'static Asset) -> Response {
    let wants_gzip = accepts_gzip(call.request.headers());
    let mut response = match asset.gzip {
        Some(packed) if wants_gzip => {
            let mut response = whole(StatusCode::OK, asset.content_type, packed);
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        Some(packed) => whole(StatusCode::OK, asset.content_type, unpacked(packed)),
        None => whole(StatusCode::OK, asset.content_type, asset.plain),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// For the rare client that takes no gzip.
fn unpacked(packed: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    match flate2::read::GzDecoder::new(packed).read_to_end(&mut plain) {
        Ok(_) => plain.into(),
        Err(_) => Bytes::new(),
    }
}
