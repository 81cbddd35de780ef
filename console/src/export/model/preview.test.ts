import { expect, test } from "vitest";
import { fileNameOf, previewOf } from "./preview";

const SRT = `1
00:00:01,000 --> 00:00:02,000
Two lines
2

2
00:00:03,000 --> 00:00:04,000
Second

3
00:00:05,000 --> 00:00:06,000
Third
`;

test("a preview ends where a cue ends, and says how many there are", () => {
  expect(previewOf("srt", SRT, 2)).toEqual({
    text: SRT.slice(0, SRT.indexOf("\n\n3\n")),
    shown: 2,
    total: 3,
  });
});

test("line ends and the byte order mark of the file are no part of the picture", () => {
  const windows = `\ufeff${SRT.replaceAll("\n", "\r\n")}`;
  expect(previewOf("srt", windows, 9)).toEqual({ text: SRT.trimEnd(), shown: 3, total: 3 });
});

test("WebVTT cues are found with and without numbers", () => {
  const file =
    "WEBVTT\nLanguage: zh\n\n1\n00:00:01.000 --> 00:00:02.000 line:0\nA\n\n00:00:03.000 --> 00:00:04.000\nB\n";
  const preview = previewOf("vtt", file, 1);
  expect(preview.total).toBe(2);
  expect(preview.text).toBe("WEBVTT\nLanguage: zh\n\n1\n00:00:01.000 --> 00:00:02.000 line:0\nA");
});

test("SubStation Alpha shows its head and the first events", () => {
  const file = "[Script Info]\nTitle: x\n\n[Events]\nDialogue: 0,a\nDialogue: 0,b\n";
  expect(previewOf("ass", file, 1)).toEqual({
    text: "[Script Info]\nTitle: x\n\n[Events]\nDialogue: 0,a",
    shown: 1,
    total: 2,
  });
});

test("rows of a table may hold line breaks", () => {
  const file = 'id,track,start_seconds,text\n7,1,0.100,"a\nb"\n8,1,-1.000,c\n9,2,3.000,d\n';
  expect(previewOf("csv", file, 2)).toEqual({
    text: 'id,track,start_seconds,text\n7,1,0.100,"a\nb"\n8,1,-1.000,c',
    shown: 2,
    total: 3,
  });
});

test("only captions of a JSON file count", () => {
  const file = `${JSON.stringify(
    { tracks: [{ track: 1 }], captions: [{ id: 1 }, { id: 2 }], notes: [{ kind: "x" }] },
    null,
    2,
  )}\n`;
  expect(previewOf("json", file, 1)).toMatchObject({ shown: 1, total: 2 });
  expect(previewOf("json", file, 1).text).toContain('"id": 1');
  expect(previewOf("json", file, 1).text).not.toContain('"id": 2');
});

test("a file without captions is shown whole", () => {
  expect(previewOf("vtt", "WEBVTT\n", 5)).toEqual({ text: "WEBVTT", shown: 0, total: 0 });
});

test.each([
  ["attachment; filename=\"__.srt\"; filename*=UTF-8''%E4%BD%A0%E5%A5%BD.zh.srt", "你好.zh.srt"],
  ['attachment; filename="holiday.srt"', "holiday.srt"],
  ["attachment; filename=\"a.srt\"; filename*=UTF-8''%E4%", "a.srt"],
  [null, null],
])("the name of the download comes from the API: %s", (header, name) => {
  expect(fileNameOf(header)).toBe(name);
});
