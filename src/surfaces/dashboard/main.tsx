import { render } from "preact";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/run.css";
import "./style/timeline.css";
import "./style/details.css";
import "./style/result.css";
import { App } from "./views/app.tsx";

render(<App />, document.getElementById("app")!);
