/** Programs that together use all of the language and of the shipped templates that draft. */
export const EXAMPLE_PROGRAMS: readonly string[] = [
  `ABYSSAL[CODE]("authentication service")`,
  `ABYSSAL[ROADMAP]("Rust Code Hive v2", language="rust", complexity="high")`,
  `ABYSSAL[AGENT]("security auditor", {"scope": "web_application", "framework": "react", "compliance": ["OWASP", "GDPR"], "depth": "comprehensive"})`,
  `ABYSSAL[ARCHITECTURE]("microservices platform", {"components": [ABYSSAL[CODE]("API gateway"), ABYSSAL[CODE]("service registry"), ABYSSAL[TEST]("integration tests")]})`,
  `ABYSSAL[ROADMAP]('WebAssembly Framework')`,
  `ABYSSAL[CODE]('authentication service', language='rust')`,
  `ABYSSAL[AGENT]('security auditor', scope='web_application')`,
  `ABYSSAL[ARCHITECTURE]('distributed platform', {
  components: [
    ABYSSAL[CODE]('API gateway'),
    ABYSSAL[CODE]('neural interface'),
    ABYSSAL[TEST]('integration suite'),
    ABYSSAL[DEPLOY]('kubernetes manifests')
  ]
})`,
  `ABYSSAL[RESEARCH]('vector databases') -> ABYSSAL[ARCHITECTURE]('search service') -> (ABYSSAL[CODE]('indexer') & ABYSSAL[CODE]('query api')) -> ABYSSAL[DOCUMENT]('search service')`,
  `review = ABYSSAL[CHAIN]('payment gateway'); ABYSSAL[ROADMAP]('hardening', {findings: $review})`,
];
