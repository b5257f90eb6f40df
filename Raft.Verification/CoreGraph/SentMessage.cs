using Raft.Impl.Core;
using Raft.Model.Spec;

namespace Raft.Verification.CoreGraph;

/// <summary>A message in the network.</summary>
/// <param name="Message">The message.</param>
/// <param name="To">The server that it is for, from 0.</param>
/// <param name="Covered">Of a chunk of a snapshot: the whole snapshot, so that it is known which entries it stands for.</param>
internal sealed record SentMessage(Message Message, int To, SnapshotData Covered)
{
    /// <summary>
    /// The number of the message as the model has it (<see cref="ModelForm"/>). Several messages of the code can have one: they differ in
    /// what the receiver does not read.
    /// </summary>
    public int Form { get; init; }
}

/// <summary>A message as the model has it.</summary>
/// <param name="Fields">Its fields, without the entries.</param>
/// <param name="Entries">Its entries.</param>
/// <param name="Covered">The entries that a snapshot covers.</param>
internal sealed record ModelForm(ModelMessage Fields, EntryList Entries, SnapshotData Covered);
