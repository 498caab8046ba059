//! Where servers put the description of their API.

/// A path a description may be at, and who puts it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WellKnown {
    /// Path from the origin or from a base path; some have a query.
    pub path: &'static str,
    /// Which frameworks or tools use it.
    pub used_by: &'static str,
}

const fn at(path: &'static str, used_by: &'static str) -> WellKnown {
    WellKnown { path, used_by }
}

/// Places of descriptions, the most usual first.
pub static DESCRIPTIONS: &[WellKnown] = &[
    at("/openapi.json", "FastAPI, Litestar, Hono, Elysia, Huma, many by hand"),
    at("/openapi.yaml", "Huma, many by hand"),
    at("/swagger.json", "go-swagger, flask-restx, grape-swagger, many by hand"),
    at("/v3/api-docs", "springdoc"),
    at("/swagger/v1/swagger.json", "ASP.NET with Swashbuckle or NSwag"),
    at("/openapi/v1.json", "ASP.NET from version 9"),
    at("/api-docs", "rswag, Express with swagger-jsdoc"),
    at("/api-json", "NestJS under `api`"),
    at("/api/openapi.json", "a common mount"),
    at("/api/v1/openapi.json", "FastAPI full-stack template"),
    at("/api/schema/", "drf-spectacular"),
    at("/api/schema/?format=json", "drf-spectacular"),
    at("/schema/", "drf-spectacular"),
    at("/schema/openapi.json", "Litestar"),
    at("/swagger/doc.json", "swag for Go"),
    at("/docs/api-docs.json", "L5-Swagger for Laravel"),
    at("/docs/openapi.yaml", "Scribe for Laravel"),
    at("/docs/api.json", "Scramble for Laravel"),
    at("/docs.jsonopenapi", "API Platform"),
    at("/api/docs.jsonopenapi", "API Platform"),
    at("/api/docs.json", "API Platform before version 3, NelmioApiDoc"),
    at("/api/doc.json", "NelmioApiDoc for Symfony"),
    at("/v2/api-docs", "Springfox"),
    at("/v3/api-docs.yaml", "springdoc"),
    at("/v3/api-docs/swagger-config", "springdoc: names the groups"),
    at("/q/openapi?format=json", "Quarkus"),
    at("/q/openapi", "Quarkus"),
    at("/openapi", "MicroProfile, Open Liberty, Helidon, Elysia"),
    at("/openapi?format=json", "MicroProfile"),
    at("/swagger/swagger.yml", "Micronaut"),
    at("/swagger.yaml", "many by hand"),
    at("/swagger.yml", "many by hand"),
    at("/openapi.yml", "many by hand"),
    at("/docs/json", "Fastify Swagger before version 8"),
    at("/documentation/json", "Fastify Swagger"),
    at("/documentation/yaml", "Fastify Swagger"),
    at("/docs/openapi.json", "a common mount"),
    at("/docs/swagger.json", "a common mount"),
    at("/docs-json", "NestJS under `docs`"),
    at("/swagger-json", "NestJS under `swagger`"),
    at("/api/docs-json", "NestJS under `api/docs`"),
    at("/api/swagger.json", "a common mount"),
    at("/api/swagger.yaml", "a common mount"),
    at("/api/openapi.yaml", "a common mount"),
    at("/api/openapi", "phoenix with open_api_spex"),
    at("/api/v1/swagger.json", "a common mount"),
    at("/api/v1/openapi.yaml", "a common mount"),
    at("/api/v2/openapi.json", "a common mount"),
    at("/api/v3/openapi.json", "the pet store of Swagger"),
    at("/v1/openapi.json", "a common mount"),
    at("/v2/openapi.json", "a common mount"),
    at("/v1/swagger.json", "a common mount"),
    at("/v2/swagger.json", "the pet store of Swagger"),
    at("/swagger/v2/swagger.json", "ASP.NET with Swashbuckle"),
    at("/swagger/docs/v1", "ASP.NET before Core"),
    at("/swagger/?format=openapi", "drf-yasg"),
    at("/swagger-ui/swagger.json", "a common mount"),
    at("/apispec_1.json", "Flasgger"),
    at("/apispec.json", "Flasgger"),
    at("/api-docs/swagger.json", "a common mount"),
    at("/api-docs/openapi.json", "utoipa with axum or actix"),
    at("/api-docs/v1/swagger.yaml", "rswag"),
    at("/api/swagger_doc.json", "grape-swagger"),
    at("/swagger_doc.json", "grape-swagger"),
    at("/explorer/openapi.json", "LoopBack"),
    at("/explorer/swagger.json", "LoopBack before version 4"),
    at("/rest/openapi.json", "a common mount"),
    at("/public/openapi.json", "a common mount"),
    at("/static/openapi.json", "a common mount"),
    at("/static/swagger.json", "a common mount"),
    at("/spec", "flask-swagger"),
    at("/spec.json", "many by hand"),
    at("/openapi/spec.json", "a common mount"),
    at("/openapi/v1/openapi.json", "a common mount"),
    at("/openapi/openapi.json", "flask-openapi3"),
    at("/.well-known/openapi", "some gateways"),
    at("/.well-known/openapi.json", "some gateways"),
    at("/.well-known/openapi.yaml", "some gateways"),
    at("/.well-known/api-catalog", "RFC 9727: links to descriptions"),
];

/// Places of pages that show a description and name its address.
pub static PAGES: &[WellKnown] = &[
    at("/docs", "FastAPI, many by hand"),
    at("/redoc", "FastAPI, drf-yasg"),
    at("/swagger-ui/index.html", "springdoc"),
    at("/swagger-ui.html", "springdoc, Springfox"),
    at("/swagger/index.html", "ASP.NET, swag for Go"),
    at("/swagger-ui/", "many"),
    at("/swagger-ui/swagger-initializer.js", "Swagger UI"),
    at("/swagger", "many"),
    at("/api", "NestJS"),
    at("/api/docs", "many"),
    at("/api-docs", "many"),
    at("/api/documentation", "L5-Swagger for Laravel"),
    at("/documentation", "Fastify"),
    at("/explorer/", "LoopBack"),
    at("/q/swagger-ui/", "Quarkus"),
    at("/scalar/v1", "ASP.NET with Scalar"),
    at("/reference", "Scalar"),
    at("/docs/api", "Scramble for Laravel"),
    at("/apidocs/", "Flasgger"),
    at("/api/schema/swagger-ui/", "drf-spectacular"),
    at("/", "flask-restx, and whatever else names its documentation"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_place_is_a_path_and_stands_once() {
        for list in [DESCRIPTIONS, PAGES] {
            let mut seen = BTreeSet::new();
            for place in list {
                assert!(place.path.starts_with('/') && place.path.is_ascii(), "{}", place.path);
                assert!(!place.used_by.is_empty());
                assert!(seen.insert(place.path), "{} stands twice", place.path);
            }
        }
    }
}
