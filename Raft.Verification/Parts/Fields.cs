using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Parts;

/// <summary>
/// Compares values field by field, ignoring their own equality. The memory layout of a log and of a list of writes is ignored.
/// </summary>
internal static class Fields
{
    // Values that no field holds.
    private const ulong _none = 0xA5A5_0000_0000_0001;
    private const ulong _true = 0xA5A5_0000_0000_0002;
    private const ulong _false = 0xA5A5_0000_0000_0003;
    private const BindingFlags _own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly ConcurrentDictionary<Type, (FieldInfo? First, FieldInfo[] Others)> _fields = new();

    /// <summary>A hash over all fields, equal in every process.</summary>
    public static ulong HashOf(object? value) => HashOf(0, value);

    /// <summary>All fields as text, for reports.</summary>
    public static string TextOf(object? value)
    {
        var text = new StringBuilder();
        Describe(text, value);
        return text.ToString();
    }

    /// <summary>The first difference between two values, as text.</summary>
    public static string Difference(object? one, object? other)
    {
        var (first, second) = (TextOf(one), TextOf(other));
        var at = first.Zip(second).TakeWhile(pair => pair.First == pair.Second).Count();
        at = at == 0 ? 0 : first.LastIndexOf('(', at - 1) + 1;
        return $"'{Part(first)}' and '{Part(second)}'";

        string Part(string text) => at >= text.Length ? "nothing" : text[at..Math.Min(text.Length, at + 60)];
    }

    private static ulong HashOf(ulong hash, object? value)
    {
        switch (value)
        {
            case null:
                return Digest.Add(hash, _none);
            case bool flag:
                return Digest.Add(hash, flag ? _true : _false);
            case int or Enum:
                return Digest.Add(hash, Convert.ToInt64(value));
            case long number:
                return Digest.Add(hash, number);
            case string text:
                return text.Aggregate(hash, (sum, letter) => Digest.Add(sum, letter));
            case Command command:
                return HashOf(hash, command.Bytes.Span);
            case SnapshotData data:
                return HashOf(hash, data.Bytes.Span);
            case IEnumerable values:
                var count = 0;
                foreach (var one in values)
                {
                    hash = HashOf(hash, one);
                    count++;
                }

                return Digest.Add(hash, count);
            default:
                foreach (var (_, member) in MembersOf(value))
                {
                    hash = HashOf(hash, member);
                }

                return hash;
        }
    }

    private static ulong HashOf(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            hash = Digest.Add(hash, one);
        }

        return Digest.Add(hash, bytes.Length);
    }

    private static void Describe(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("none");
                break;
            case bool or int or long or Enum or string:
                text.Append(value);
                break;
            case Command command:
                text.Append(Convert.ToHexString(command.Bytes.Span));
                break;
            case SnapshotData data:
                text.Append(Convert.ToHexString(data.Bytes.Span));
                break;
            case IEnumerable values:
                foreach (var one in values)
                {
                    Describe(text.Append('['), one);
                    text.Append(']');
                }

                break;
            default:
                foreach (var (name, member) in MembersOf(value))
                {
                    Describe(text.Append('(').Append(name.Split('<', '>') is ["", var property, ..] ? property : name).Append(' '), member);
                    text.Append(')');
                }

                break;
        }
    }

    private static IEnumerable<(string Name, object? Value)> MembersOf(object value)
    {
        if (value is RaftLog log)
        {
            yield return ("Snapshot", log.Snapshot);
            yield return ("Entries", log.Entries.ToArray());
            yield break;
        }

        var (first, others) = _fields.GetOrAdd(value.GetType(), FieldsOf);
        foreach (var field in others)
        {
            var member = field.GetValue(value);
            yield return (
                field.Name,
                first is not null && member is IEnumerable changes ? changes.Cast<object>().Skip((int)first.GetValue(value)!) : member);
        }
    }

    // The output that a core is building is not part of its state.
    private static (FieldInfo? First, FieldInfo[] Others) FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var one = type; one is not null && one != typeof(object); one = one.BaseType)
        {
            fields.AddRange(
                one.GetFields(_own).Where(field => field.FieldType != typeof(Output) && field.FieldType != typeof(CoreOptions)));
        }

        var first = fields.Find(field => field.Name == "_first");
        return (first, [.. fields.Where(field => field != first)]);
    }
}
