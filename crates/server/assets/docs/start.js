// Shows the API's description; `validatorUrl: null` keeps Swagger UI from asking any other host.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
});
