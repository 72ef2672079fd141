import { useEffect, useState } from "preact/hooks";
import icon from "../icon.svg";
import { addressOf, type Route, routeOf } from "../model/route.ts";
import { Announcer } from "./announcer.tsx";
import { HomeView } from "./home-view.tsx";
import { RunView } from "./run-view.tsx";
import { Shortcuts, useKeys } from "./shortcuts.tsx";
import { TemplateForm } from "./template-form.tsx";
import { TemplateList } from "./template-list.tsx";
import { ThemeSwitch, useThemeChoice } from "./theme-switch.tsx";
import { TokenButton } from "./token-button.tsx";

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const changed = (): void => setRoute(routeOf(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

export function go(route: Route): void {
  location.hash = addressOf(route);
}

const TITLES = { runs: "Runs", templates: "Templates", template: "Templates", run: "Run" } as const;

/** The page: where one is, and what is shown there. */
export function App() {
  const route = useRoute();
  const [theme, nextTheme] = useThemeChoice();
  const [isHelping, setHelping] = useState(false);
  useKeys({
    r: () => go({ page: "runs" }),
    n: () => go({ page: "templates" }),
    t: nextTheme,
    "?": () => setHelping(true),
  });
  useEffect(() => {
    document.title = `${route.page === "run" ? route.runId : TITLES[route.page]} · Abyssal`;
  }, [route]);
  const isAt = (page: "runs" | "templates"): "page" | undefined =>
    (page === "runs") === (route.page === "runs" || route.page === "run") ? "page" : undefined;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={addressOf({ page: "runs" })}>
          <img src={icon} alt="" width="20" height="20" /> Abyssal
        </a>
        <nav aria-label="Pages">
          <a href={addressOf({ page: "runs" })} aria-current={isAt("runs")}>
            Runs
          </a>
          <a href={addressOf({ page: "templates" })} aria-current={isAt("templates")}>
            Templates
          </a>
        </nav>
        <span class="grow" />
        <TokenButton />
        <ThemeSwitch theme={theme} next={nextTheme} />
        <button type="button" class="quiet" onClick={() => setHelping(true)} title="Keys (?)">
          <span aria-hidden="true">?</span>
          <span class="unseen">Keys</span>
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <Shown route={route} />
      </main>
      {isHelping ? <Shortcuts close={() => setHelping(false)} /> : null}
      <Announcer />
    </>
  );
}

function Shown({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "runs":
      return <HomeView />;
    case "templates":
      return <TemplateList />;
    case "template":
      return <TemplateForm key={route.name} name={route.name} />;
    case "run":
      return <RunView key={route.runId} runId={route.runId} tab={route.tab} />;
  }
}
