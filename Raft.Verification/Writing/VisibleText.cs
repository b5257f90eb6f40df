using System.Buffers;
using System.Text;

namespace Raft.Verification.Writing;

/// <summary>
/// Makes control characters visible, so that text from a file cannot move the terminal's cursor, change its colours or title, or hide text.
/// Line ends and tabs stay.
/// </summary>
internal static class VisibleText
{
    // C0 except tab, line feed and carriage return; DEL; C1; and the characters that change the direction of text.
    private static readonly SearchValues<char> _hidden = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20)
            .Concat(Enumerable.Range(0x7F, 0x21))
            .Concat([0x061C, 0x200E, 0x200F])
            .Concat(Enumerable.Range(0x202A, 5))
            .Concat(Enumerable.Range(0x2066, 4))
            .Select(code => (char)code)
            .Where(letter => letter is not ('\t' or '\n' or '\r')),
    ]);

    /// <summary>
    /// The text, with each control character as <c>\x1B</c> or <c>\u202E</c>; a carriage return stays only before a line feed.
    /// </summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAny(_hidden) < 0 && !text.Contains('\r', StringComparison.Ordinal))
        {
            return text;
        }

        var visible = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (!_hidden.Contains(letter) && (letter != '\r' || (i + 1 < text.Length && text[i + 1] == '\n')))
            {
                visible.Append(letter);
            }
            else
            {
                visible.Append(letter < 0x100 ? $"\\x{(int)letter:X2}" : $"\\u{(int)letter:X4}");
            }
        }

        return visible.ToString();
    }
}
