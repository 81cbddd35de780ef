import { render } from "preact";
import { stayForDroppedFiles } from "./app/dropped-files";
import { startLanguage } from "./app/language";
import { startSession } from "./app/session";
import { startTheme } from "./app/theme";
import { App } from "./frame/app";
import "./app/theme.css";

stayForDroppedFiles();
startTheme();
startLanguage();
// Loaded only for a link.
void startSession(async (code) => (await import("./frame/sign-in-link")).exchangeCode(code));

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
