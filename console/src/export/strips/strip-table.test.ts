import { expect, test } from "vitest";
import { clock, recordsOf, stripTable } from "./strip-table";

test("a quoted field may hold line breaks and quotes", () => {
  expect(recordsOf('a,b\n1,"x\ny ""z"""\n2,c\n')).toEqual(["a,b", '1,"x\ny ""z"""', "2,c"]);
});

test("times are written as file names take them", () => {
  expect(clock(62.5)).toBe("00-01-02.500");
  expect(clock(3 * 3600 + 59.9996)).toBe("03-01-00.000");
  expect(clock(-3)).toBe("00-00-00.000");
});

test("each row begins with the name of its picture", () => {
  const csv = 'id,track,start_seconds,text\n31,1,62.500,"a\nb"\n32,2,70.000,c\n';
  expect(stripTable(csv)).toEqual({
    rows: [
      { captionId: 31, name: "0001_00-01-02.500_track1.png" },
      { captionId: 32, name: "0002_00-01-10.000_track2.png" },
    ],
    csv:
      "picture,id,track,start_seconds,text\n" +
      '0001_00-01-02.500_track1.png,31,1,62.500,"a\nb"\n' +
      "0002_00-01-10.000_track2.png,32,2,70.000,c\n",
  });
});
