using System.Text.Json.Serialization;

namespace DeterministicSimulation;

/// <summary>An event of a schedule. Its kind says which fields it has; the fields that it does not have are null.</summary>
public sealed record TraceEvent
{
    /// <summary>The step in which it happened, from 1. Several events may belong to one step.</summary>
    [JsonRequired]
    public long Step { get; init; }

    /// <summary>Virtual time since the start of the schedule, in seconds.</summary>
    [JsonRequired]
    public double Seconds { get; init; }

    /// <summary>Its kind.</summary>
    public required TraceEventKind Kind { get; init; }

    /// <summary>The number of the server that it happened to; null if it happened to no server, or to several.</summary>
    public int? Server { get; init; }

    /// <summary>
    /// Of <see cref="TraceEventKind.Continued"/>, <see cref="TraceEventKind.Timer"/>, <see cref="TraceEventKind.Fault"/> and
    /// <see cref="TraceEventKind.Noted"/>: what happened, in words.
    /// </summary>
    public string? What { get; init; }

    /// <summary>
    /// Of <see cref="TraceEventKind.Lost"/>: why the message was lost; null if it was lost by chance. Of <see
    /// cref="TraceEventKind.Crashed"/>: why the node stopped; null for a crash.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>Of <see cref="TraceEventKind.Crashed"/>: the number of writes in flight that were lost.</summary>
    public int? LostWrites { get; init; }

    /// <summary>The message that it is about.</summary>
    public TraceMessage? Message { get; init; }

    /// <summary>The write that it is about.</summary>
    public TraceWrite? Write { get; init; }

    /// <summary>The groups of servers that a partition separates, or the sender and the receiver of a link that is cut.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Groups { get; init; }

    /// <summary>Of <see cref="TraceEventKind.Stepped"/>: the input, in the system's own form (<see cref="TraceFormat"/>).</summary>
    public object? Input { get; init; }

    /// <summary>
    /// The state of the server after the event, in the system's own form (<see cref="TraceFormat"/>). Null if the event does not say, or
    /// the server is down.
    /// </summary>
    public object? State { get; init; }

    /// <summary>The event in words, made from the other fields.</summary>
    [JsonIgnore]
    public string Text => Kind switch
    {
        TraceEventKind.Continued => $"{What} continues",
        TraceEventKind.Timer => $"{Prefix}{What} runs out",
        TraceEventKind.Fault => $"fault: {What}{(Server is null ? string.Empty : $" S{Server}")}",
        TraceEventKind.Started => $"S{Server} starts",
        TraceEventKind.Crashed => Reason is null
            ? $"S{Server} crashes and loses {LostWrites ?? 0} writes in flight"
            : $"S{Server} stops: {Reason}",
        TraceEventKind.Stepped => State is null ? $"S{Server} {Input}" : $"S{Server} {Input}: {State}",
        TraceEventKind.WriteBegun => $"  S{Server} begins {Write}",
        TraceEventKind.WriteDurable => $"S{Server}: {(Write is null ? "a write" : $"write {Write.Number}")} is durable",
        TraceEventKind.Sent => $"  {Message} sent",
        TraceEventKind.Arrived => $"  {Message} arrived",
        TraceEventKind.Lost => Reason is null ? $"  {Message} lost" : $"  {Message} lost: {Reason}",
        TraceEventKind.Duplicated => $"  {Message} duplicated",
        TraceEventKind.Overtook => $"  {Message} overtakes an older message",
        TraceEventKind.Partitioned => $"partition: {string.Join(" | ", (Groups ?? []).Select(Names))}",
        TraceEventKind.Cut => Groups is [[var from], [var to]] ? $"the link from S{from} to S{to} is cut" : "a link is cut",
        TraceEventKind.Healed => "all links are open again",
        TraceEventKind.DiskStalled => $"the disk of S{Server} stalls",
        TraceEventKind.DiskResumed => $"the disk of S{Server} resumes",
        _ => $"{Prefix}{What}",
    };

    /// <summary>The event in a line: step, time and text.</summary>
    public override string ToString() => FormattableString.Invariant($"{Step,6} {Seconds,8:0.0000}s  {Text}");

    private string Prefix => Server is null ? string.Empty : $"S{Server}: ";

    private static string Names(IReadOnlyList<int> servers) => string.Join(", ", servers.Select(server => $"S{server}"));
}

/// <summary>A message in a trace.</summary>
public sealed record TraceMessage
{
    /// <summary>The number of the copy. It is the same when the message is sent and when it arrives or is lost.</summary>
    public required long Id { get; init; }

    /// <summary>The number of the message that the network duplicated; null if this is not a duplicate.</summary>
    public long? CopyOf { get; init; }

    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>The number of the server that sent it.</summary>
    public required int From { get; init; }

    /// <summary>The number of the server that receives it.</summary>
    public required int To { get; init; }

    /// <summary>Its fields, by name.</summary>
    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    /// <summary>The message in words: its type, its sender and receiver, and its fields.</summary>
    public override string ToString()
    {
        var fields = string.Join(", ", Fields.Select(field => $"{field.Key} {field.Value}"));
        return $"{Type} S{From} -> S{To}{(fields.Length == 0 ? string.Empty : $" ({fields})")}";
    }
}

/// <summary>A write in a trace.</summary>
/// <param name="Number">Its number among the writes of its server.</param>
/// <param name="Content">What is written, in words; null if the event does not say.</param>
public sealed record TraceWrite(long Number, string? Content = null)
{
    /// <summary>The write in words.</summary>
    public override string ToString() => Content is null ? $"write {Number}" : $"write {Number}: {Content}";
}
