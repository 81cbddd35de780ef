/** Conversion between the variants of written Chinese, by OpenCC's dictionaries. Loaded when it is first used. */

export type Conversion = "simplified" | "traditional" | "taiwan" | "hongkong";

export async function converter(to: Conversion): Promise<(text: string) => string> {
  if (to === "simplified") {
    const { Converter } = await import("opencc-js/t2cn");
    return Converter({ from: "t", to: "cn" });
  }
  const { Converter } = await import("opencc-js/cn2t");
  return Converter({ from: "cn", to: to === "traditional" ? "t" : to === "taiwan" ? "twp" : "hk" });
}
