import { render } from "preact";
import { App } from "./app/app";
import { startLanguage } from "./app/language";
import { startSession } from "./app/session";
import { startTheme } from "./app/theme";
import "./app/theme.css";

startTheme();
startLanguage();
void startSession();

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
