using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml;

namespace Raft.Verification.Viewer;

/// <summary>Writes the elements of an SVG file. This class escapes every text.</summary>
internal sealed class Svg
{
    private readonly StringBuilder _text = new();

    /// <summary>The elements written so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Writes markup unchanged, with numbers in invariant format.</summary>
    public Svg Raw([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>Writes a line.</summary>
    public Svg Line(double x1, double y1, double x2, double y2, string stroke, double width, string more = "") =>
        Raw($"<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{stroke}\" stroke-width=\"{width}\"{more}/>");

    /// <summary>Writes a rectangle.</summary>
    public Svg Rect(double x, double y, double width, double height, string fill, string more = "") =>
        Raw($"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"{more}/>");

    /// <summary>Writes text with a white outline, which keeps it readable on lines.</summary>
    public Svg Words(double x, double y, string words, string more = "") =>
        Text(x, y, words, $" paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"5\" stroke-linejoin=\"round\"{more}");

    /// <summary>Writes text without an outline.</summary>
    public Svg Text(double x, double y, string words, string more = "") =>
        Raw($"<text x=\"{x}\" y=\"{y}\"{more}>{Escape(words)}</text>");

    /// <summary>Escapes markup in a text, and replaces characters that XML does not allow.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                < 0x10000 when !XmlConvert.IsXmlChar((char)rune.Value) => "\uFFFD",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }

    /// <summary>The interpolated string handler of <see cref="Raw"/>.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly StringBuilder _text;

        /// <summary>Called by the compiler.</summary>
        /// <param name="literalLength">The length of the constant parts.</param>
        /// <param name="formattedCount">The number of interpolated values.</param>
        /// <param name="svg">The file that the markup is written to.</param>
        public Markup(int literalLength, int formattedCount, Svg svg) => _text = svg._text;

        /// <summary>Appends a constant part.</summary>
        public void AppendLiteral(string text) => _text.Append(text);

        /// <summary>Appends a string.</summary>
        public void AppendFormatted(string text) => _text.Append(text);

        /// <summary>Appends a number.</summary>
        public void AppendFormatted(double number) => _text.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

        /// <summary>Appends a whole number.</summary>
        public void AppendFormatted(long number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));
    }
}
