using System.Runtime.CompilerServices;

namespace Raft.Impl.Core;

/// <summary>The text of an invariant: an interpolated string that is built only if the invariant is broken.</summary>
[InterpolatedStringHandler]
internal ref struct InvariantText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Begins the text; given by the compiler.</summary>
    public InvariantText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    /// <summary>A constant part.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>A value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text.</summary>
    public override string ToString() => _text.ToStringAndClear();
}
