using System.Text;

namespace Raft.Verification.Writing;

/// <summary>Writes to the console with control characters made visible (<see cref="VisibleText"/>).</summary>
/// <param name="inner">The writer that receives the text.</param>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(value == '\r' ? "\r" : VisibleText.Of(value.ToString()));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => inner.Write(VisibleText.Of(value ?? string.Empty));

    public override void WriteLine(string? value) => inner.WriteLine(VisibleText.Of(value ?? string.Empty));

    public override void WriteLine() => inner.WriteLine();

    public override void Flush() => inner.Flush();
}
