using System.Text;
using Raft.Impl.Core;
using Raft.Impl.Service;

namespace Raft.Tests.Service;

/// <summary>A service that keeps the commands that it applied, as texts, and answers each with how many there are.</summary>
internal sealed class ListStateMachine : IStateMachine
{
    public List<string> Applied { get; private set; } = [];

    public List<int> Batches { get; } = [];

    /// <summary>What applying throws; null: nothing.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What applying waits for; null: nothing.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
        IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
    {
        if (Gate is { } gate)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        if (Failure is not null)
        {
            throw Failure;
        }

        Batches.Add(entries.Count);
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (var entry in entries)
        {
            Applied.Add(TextOf(entry.Command.Bytes));
            answers.Add(Encoding.UTF8.GetBytes($"{Applied.Count}"));
        }

        return answers;
    }

    public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken) =>
        await destination.WriteAsync(Encoding.UTF8.GetBytes(string.Join(',', Applied)), cancellationToken);

    public async Task RestoreAsync(Stream source, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(source);
        Applied = [.. (await reader.ReadToEndAsync(cancellationToken)).Split(',', StringSplitOptions.RemoveEmptyEntries)];
    }

    public static string TextOf(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
