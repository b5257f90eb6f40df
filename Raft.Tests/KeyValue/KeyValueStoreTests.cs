using Raft.Impl.Core;
using Raft.Verification.KeyValue;
using static Raft.Verification.KeyValue.KeyValueCommand;

namespace Raft.Tests.KeyValue;

/// <summary>The store: what a command does, and what it answers.</summary>
public sealed class KeyValueStoreTests
{
    private readonly KeyValueStore _store = new();

    [Fact]
    public void A_get_answers_the_last_value_that_was_put()
    {
        Assert.Equal(new KeyValueResult(KeyValueOutcome.Done), Do(new Get("x")));
        Do(new Put("x", "1"));
        Do(new Put("x", "2"));
        Do(new Put("y", "3"));
        Assert.Equal(new KeyValueResult(KeyValueOutcome.Done, "2"), Do(new Get("x")));
        Assert.Equal("2", _store.Read("x"));
    }

    [Fact]
    public void A_compare_and_set_sets_only_if_the_value_is_the_expected_one()
    {
        Assert.Equal(KeyValueOutcome.Done, Do(new CompareAndSet("x", null, "1")).Outcome);
        Assert.Equal(new KeyValueResult(KeyValueOutcome.Mismatch, "1"), Do(new CompareAndSet("x", null, "2")));
        Assert.Equal(new KeyValueResult(KeyValueOutcome.Mismatch, "1"), Do(new CompareAndSet("x", "0", "2")));
        Assert.Equal(KeyValueOutcome.Done, Do(new CompareAndSet("x", "1", "2")).Outcome);
        Assert.Equal("2", _store.Read("x"));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 9, 1, 65 })]
    [InlineData(new byte[] { 1, 5, 65 })]
    [InlineData(new byte[] { 1, 1, 65, 65 })]
    [InlineData(new byte[] { 1, 1, 0xff })]
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff, 0xff, 1 })]
    public void Damaged_bytes_change_nothing_and_get_an_answer(byte[] bytes)
    {
        Do(new Put("x", "1"));
        var before = _store.Snapshot();
        Assert.Equal(KeyValueOutcome.Damaged, _store.Apply(new Command(bytes)).Outcome);
        Assert.Equal(before, _store.Snapshot());
    }

    [Fact]
    public void A_snapshot_holds_everything_and_has_one_form()
    {
        Do(new Put("y", "ü"));
        Do(new Put("x", string.Empty));
        var restored = new KeyValueStore();
        restored.Restore(_store.Snapshot());
        Assert.Equal(("ü", string.Empty, 2), (restored.Read("y"), restored.Read("x"), restored.Count));
        Assert.Equal(_store.Snapshot(), restored.Snapshot());
    }

    [Fact]
    public void A_command_that_is_applied_twice_shows_in_the_revision_also_after_a_snapshot()
    {
        var twice = new KeyValueStore();
        Do(new Put("x", "1"));
        twice.Restore(_store.Snapshot());
        twice.Apply(new Put("x", "1").Encode());
        Assert.Equal((1, 2), (_store.Revision, twice.Revision));
        Assert.NotEqual(_store.Snapshot(), twice.Snapshot());
    }

    [Fact]
    public void A_damaged_snapshot_is_refused_and_changes_nothing()
    {
        Do(new Put("x", "1"));
        Assert.Throws<InvalidDataException>(() => _store.Restore(_store.Snapshot().AsMemory()[..^1]));
        Assert.Throws<InvalidDataException>(() => _store.Restore((byte[])[.. _store.Snapshot(), 0]));
        Assert.Equal("1", _store.Read("x"));
    }

    private KeyValueResult Do(KeyValueCommand command)
    {
        var result = _store.Apply(command.Encode());
        Assert.Equal(result, KeyValueResult.Decode(result.Encode()));
        Assert.Equal(command, KeyValueCommand.Decode(command.Encode().Bytes));
        return result;
    }
}
