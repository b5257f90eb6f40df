using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml;

namespace Raft.Verification.Viewer;

/// <summary>Writes the elements of an SVG file. Every text is escaped here, and nowhere else.</summary>
internal sealed class Svg
{
    private readonly StringBuilder _text = new();

    /// <summary>What was written.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Markup as it is, with numbers in the invariant form.</summary>
    public Svg Raw([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>A line.</summary>
    public Svg Line(double x1, double y1, double x2, double y2, string stroke, double width, string more = "") =>
        Raw($"<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{stroke}\" stroke-width=\"{width}\"{more}/>");

    /// <summary>A rectangle.</summary>
    public Svg Rect(double x, double y, double width, double height, string fill, string more = "") =>
        Raw($"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"{more}/>");

    /// <summary>Words, with a white edge around them so that they can be read on lines.</summary>
    public Svg Words(double x, double y, string words, string more = "")
    {
        Raw($"<text x=\"{x}\" y=\"{y}\" paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"5\" stroke-linejoin=\"round\"{more}>{Escape(words)}</text>");
        return this;
    }

    /// <summary>Words as they are.</summary>
    public Svg Text(double x, double y, string words, string more = "") => Raw($"<text x=\"{x}\" y=\"{y}\"{more}>{Escape(words)}</text>");

    /// <summary>Text that can stand in XML: markup is escaped, and what XML cannot hold is replaced.</summary>
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

    /// <summary>The interpolated strings that <see cref="Raw"/> takes.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly StringBuilder _text;

        /// <summary>Called by the compiler.</summary>
        /// <param name="literalLength">The length of the constant parts.</param>
        /// <param name="formattedCount">How many holes there are.</param>
        /// <param name="svg">Where it goes.</param>
        public Markup(int literalLength, int formattedCount, Svg svg) => _text = svg._text;

        /// <summary>A constant part.</summary>
        public void AppendLiteral(string text) => _text.Append(text);

        /// <summary>A string.</summary>
        public void AppendFormatted(string text) => _text.Append(text);

        /// <summary>A number.</summary>
        public void AppendFormatted(double number) => _text.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

        /// <summary>A whole number.</summary>
        public void AppendFormatted(long number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));
    }
}
