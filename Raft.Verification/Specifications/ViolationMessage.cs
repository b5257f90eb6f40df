using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// The text of a violation, and its subjects: the servers, terms and log indexes that it names. It is written as an interpolated string.
/// Each <see cref="ServerId"/>, <see cref="Term"/> and <see cref="LogIndex"/> in it becomes a subject.
/// </summary>
/// <param name="literalLength">The length of the constant parts. The compiler passes it.</param>
/// <param name="formattedCount">The number of holes. The compiler passes it.</param>
[InterpolatedStringHandler]
public sealed class ViolationMessage(int literalLength, int formattedCount)
{
    private readonly SortedSet<int> _servers = [];
    private readonly SortedSet<long> _terms = [];
    private readonly SortedSet<long> _indexes = [];
    private readonly StringBuilder _text = new(literalLength + (8 * formattedCount));

    /// <summary>What the text names.</summary>
    public Subjects Subjects => new([.. _servers], [.. _terms], [.. _indexes]);

    /// <summary>Whether this violation is nearer to the cause than one that was reported for the same event, and replaces it.</summary>
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

    /// <summary>The text.</summary>
    public override string ToString() => _text.ToString();
}

/// <summary>The subjects of a violation.</summary>
/// <param name="Servers">The numbers of servers.</param>
/// <param name="Terms">Terms.</param>
/// <param name="Indexes">Log indexes.</param>
public sealed record Subjects(IReadOnlyList<int> Servers, IReadOnlyList<long> Terms, IReadOnlyList<long> Indexes)
{
    /// <summary>No subjects.</summary>
    public static Subjects None { get; } = new([], [], []);
}
