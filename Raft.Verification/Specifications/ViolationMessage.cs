using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// What is wrong, in words, and the witnesses: the servers, terms and log indexes that the words name. Written as an interpolated string; what is put
/// into it as a <see cref="ServerId"/>, <see cref="Term"/> or <see cref="LogIndex"/> is a witness.
/// </summary>
/// <param name="literalLength">The length of the constant parts, given by the compiler.</param>
/// <param name="formattedCount">How many holes there are, given by the compiler.</param>
[InterpolatedStringHandler]
public sealed class ViolationMessage(int literalLength, int formattedCount)
{
    private readonly SortedSet<int> _servers = [];
    private readonly SortedSet<long> _terms = [];
    private readonly SortedSet<long> _indexes = [];
    private readonly StringBuilder _text = new(literalLength + (8 * formattedCount));

    /// <summary>Who and what is named.</summary>
    public Witnesses Witnesses => new([.. _servers], [.. _terms], [.. _indexes]);

    /// <summary>Whether it is nearer to the cause than what was reported of the same event before, and takes its place.</summary>
    internal bool Supersedes { get; set; }

    /// <summary>A constant part.</summary>
    public void AppendLiteral(string text) => _text.Append(text);

    /// <summary>A value.</summary>
    public void AppendFormatted<T>(T value)
    {
        switch (value)
        {
            case ServerId server:
                _servers.Add(server.Value);
                break;
            case Term term:
                _terms.Add(term.Value);
                break;
            case LogIndex index:
                _indexes.Add(index.Value);
                break;
        }

        _text.Append(value);
    }

    /// <summary>A value in a format.</summary>
    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => _text.Append(value.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>The words.</summary>
    public override string ToString() => _text.ToString();
}

/// <summary>Who and what a violation names.</summary>
/// <param name="Servers">The numbers of servers.</param>
/// <param name="Terms">Terms.</param>
/// <param name="Indexes">Log indexes.</param>
public sealed record Witnesses(IReadOnlyList<int> Servers, IReadOnlyList<long> Terms, IReadOnlyList<long> Indexes)
{
    /// <summary>Nobody and nothing.</summary>
    public static Witnesses None { get; } = new([], [], []);
}
