import type { Finding } from "../model/checks";
import type { DoubtReason } from "../model/order";
import { words } from "../words";

/** A word or two for the list. */
export function reasonWord(reason: DoubtReason): string {
  const said = words();
  switch (reason) {
    case "ocr-failed":
      return said.reasonOcrFailed;
    case "no-text":
      return said.reasonNoText;
    case "text-unsure":
      return said.reasonText;
    case "extent-unsure":
      return said.reasonExtent;
    case "judged":
      return said.reasonJudged;
    default:
      return said[reason];
  }
}

/** A sentence with the numbers. */
export function findingSentence(finding: Finding): string {
  const said = words();
  switch (finding.kind) {
    case "fast":
      return said.fastHow(finding.charactersPerSecond, finding.most);
    case "short":
      return said.shortHow(finding.seconds, finding.least);
    case "long":
      return said.longHow(finding.seconds, finding.most);
    case "gap":
      return said.gapHow(finding.seconds, finding.least);
    case "overlap":
      return said.overlapHow(finding.seconds);
  }
}
