/** What the page shows; it stands in the address behind `#`, so that it can be kept and shared. */
export type Route =
  | { readonly page: "runs" }
  | { readonly page: "templates" }
  | { readonly page: "template"; readonly name: string }
  | { readonly page: "run"; readonly runId: string; readonly tab: "timeline" | "result" };

export function routeOf(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, "").split("/").map(plain);
  if (first === "templates") return second ? { page: "template", name: second } : { page: "templates" };
  if (first === "runs" && second)
    return { page: "run", runId: second, tab: third === "result" ? "result" : "timeline" };
  return { page: "runs" };
}

export function addressOf(route: Route): string {
  switch (route.page) {
    case "runs":
      return "#/runs";
    case "templates":
      return "#/templates";
    case "template":
      return `#/templates/${encodeURIComponent(route.name)}`;
    case "run":
      return `#/runs/${encodeURIComponent(route.runId)}${route.tab === "result" ? "/result" : ""}`;
  }
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
